package io.freshet.relay;

import io.freshet.postgres.feed.FeedTarget;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * A session of the database that holds the advisory lock of a channel's relays, or wants to. Used
 * by one thread; {@link #close} may be called by any.
 *
 * <p>The lock goes with the session, and the server ends the session of a relay that is gone or
 * hangs: it probes the connection, and does not wait long for the next question. A relay that wakes
 * up after that does no harm: its stream is as true as before, and of two streams every node
 * follows one, that of the later leader.
 */
final class Leadership implements AutoCloseable {

  /** The first half of the lock's number, "FRSH"; the second is the channel's hash. */
  private static final int LOCKS = 0x46525348;

  private static final int PROBES = 3;

  private final Connection connection;

  private Leadership(Connection connection) {
    this.connection = connection;
  }

  static Leadership open(FeedTarget database) throws SQLException {
    Connection connection = database.connect();
    Duration patience = database.patience();
    try (Statement statement = connection.createStatement()) {
      long probe = Math.max(1, patience.toSeconds() / PROBES);
      statement.execute("set tcp_keepalives_idle = " + probe);
      statement.execute("set tcp_keepalives_interval = " + probe);
      statement.execute("set tcp_keepalives_count = " + PROBES);
      statement.execute("set idle_session_timeout = " + patience.toMillis());
      return new Leadership(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Takes the lock; false if another session has it. */
  boolean acquire(String channel) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select pg_catalog.pg_try_advisory_lock(?, pg_catalog.hashtext(?))")) {
      statement.setInt(1, LOCKS);
      statement.setString(2, channel);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * The database's clock, in microseconds since 1970: whoever gets the lock later has a greater
   * number, if the clock does not go back. Also shows that the session, and with it the lock, still
   * exists.
   *
   * @throws SQLException if it does not
   */
  long micros() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** For short questions. */
  Connection connection() {
    return connection;
  }

  /** Gives the lock back, without waiting for an answer. */
  @Override
  public void close() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("a connection that cannot be aborted", e);
    }
  }
}
