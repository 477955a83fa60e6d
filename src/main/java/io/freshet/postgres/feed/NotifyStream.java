package io.freshet.postgres.feed;

import io.freshet.change.ChangeSetCodec;
import io.freshet.change.MalformedChangeSetException;
import io.freshet.postgres.feed.FeedRun.Delivery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.postgresql.PGNotification;
import org.postgresql.jdbc.PgConnection;

/**
 * What the triggers send by NOTIFY. Used by the reader's thread and, for barriers, the side thread.
 *
 * <p>The server queues notifications of all channels in commit order, and hands one over only when
 * the transaction that sent it is visible to new snapshots (PostgreSQL documentation, NOTIFY;
 * {@code async.c}). So everything is delivered as it comes, and a barrier is a notification on a
 * channel that only this stream listens to: what was committed before it was sent has come before
 * it.
 *
 * <p>A transaction that was committing while LISTEN was issued is either told or visible
 * afterwards: {@code LISTEN} starts behind what was committed, and stops at the first entry whose
 * transaction still runs.
 */
final class NotifyStream implements Stream {

  /** The channel of the triggers. */
  static final String CHANNEL = "freshet";

  private static final int WAIT_MILLIS = 10_000;

  private final Connection connection;
  private final PgConnection notifications;
  private final String barriers;

  private NotifyStream(Connection connection, String barriers) throws SQLException {
    this.connection = connection;
    this.notifications = connection.unwrap(PgConnection.class);
    this.barriers = barriers;
  }

  static NotifyStream open(FeedTarget target, Opening opening)
      throws SQLException, InterruptedException {
    Connection connection = target.connectPatiently();
    opening.connected(() -> Quietly.abort(connection));
    String barriers = CHANNEL + "_" + UUID.randomUUID().toString().replace("-", "");
    try (Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(target.patience().toMillis()));
      // asking is what makes the server look again how much of a full queue nobody needs any more
      statement.execute("select pg_catalog.pg_notification_queue_usage()");
      statement.execute("listen " + CHANNEL);
      statement.execute("listen " + barriers);
      connection.setNetworkTimeout(Runnable::run, 0);
      return new NotifyStream(connection, barriers);
    } catch (SQLException | RuntimeException e) {
      Quietly.abort(connection);
      throw e;
    }
  }

  @Override
  public void read(Delivery delivery) throws SQLException {
    while (!connection.isClosed()) {
      PGNotification[] received = notifications.getNotifications(WAIT_MILLIS);
      if (received != null) {
        for (PGNotification one : received) {
          deliver(one, delivery);
        }
      }
    }
  }

  private void deliver(PGNotification received, Delivery delivery) throws SQLException {
    String payload = received.getParameter();
    try {
      if (received.getName().equals(barriers)) {
        delivery.barrierReturned(Long.parseLong(payload));
      } else {
        delivery.changes(ChangeSetCodec.decode(payload));
      }
    } catch (MalformedChangeSetException | NumberFormatException e) {
      throw new SQLException(
          "backend %d sent on channel %s what is no change set: %s"
              .formatted(received.getPID(), received.getName(), e.getMessage()),
          e);
    }
  }

  @Override
  public void sendBarrier(Connection side, long nonce) throws SQLException {
    try (PreparedStatement statement = side.prepareStatement("select pg_notify(?, ?)")) {
      statement.setString(1, barriers);
      statement.setString(2, String.valueOf(nonce));
      statement.execute();
    }
  }

  @Override
  public long deliverVisible(Connection side, Delivery delivery) {
    return Long.MAX_VALUE;
  }

  @Override
  public void abort() {
    Quietly.abort(connection);
  }

  @Override
  public void close() {
    abort();
  }
}
