package io.freshet.postgres.wal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * A permanent logical slot, by which a stream goes on where an earlier one was left. Immutable and
 * thread-safe.
 *
 * <h2>Where it goes on</h2>
 *
 * The server keeps one place for a slot, {@code confirmed_flush_lsn}. It sends every transaction
 * whose commit record <em>starts</em> at that place or behind it, and none whose commit record
 * starts before it ({@code SnapBuildXactNeedsSkip} in {@code snapbuild.c}, asked by {@code
 * DecodeCommit} in {@code decode.c} for the record's {@code origptr}), in the order of the commit
 * records. It can, because {@code restart_lsn}, from where it reads again, only ever moves to a
 * place from which every transaction that was not confirmed can be put together ({@code
 * LogicalIncreaseRestartDecodingForSlot} in {@code logical.c}). The place itself is saved lazily:
 * after a crash of the server it may be an earlier one. So some transactions come twice, and none
 * is left out.
 *
 * <h2>Why there is no hole at its beginning, and no fence</h2>
 *
 * {@link Visibility} describes the hole before a new slot: commits whose record comes before it and
 * that nobody can see yet. A slot that exists has none, since
 *
 * <ul>
 *   <li>a place is confirmed only when every commit before it was visible and had been told, and
 *   <li>the slot is made such that it exists only once its hole is closed (below).
 * </ul>
 *
 * So a barrier need wait for nothing. That does not hold for a slot that somebody has made by hand,
 * or moved on with {@code pg_replication_slot_advance}, while a commit waited for a synchronous
 * standby: let Freshet make its slot.
 *
 * <h2>Order of events: making the slot</h2>
 *
 * <ol>
 *   <li>A <em>temporary</em> slot is created. That waits for writers; see {@link WalStream}.
 *   <li>A transaction id X is taken, and waited for until every transaction before X has ended: the
 *       hole is closed. Whoever is killed until now leaves no slot behind.
 *   <li>The temporary slot is copied to a permanent one ({@code pg_copy_logical_replication_slot}),
 *       with the place that it had from its beginning, and dropped.
 *   <li>The stream begins. What was committed since the first step is told; who clears its caches
 *       at this moment sees it already.
 * </ol>
 *
 * <p>For the time of its making it takes two of {@code max_replication_slots}.
 *
 * <h2>Two readers</h2>
 *
 * The server lets one process at a time read from a slot. The place is asked for only when the
 * stream has begun: from then on nobody else can move it.
 */
public final class DurableSlot {

  private static final Pattern VALID = Pattern.compile("[a-z0-9_]{1,63}");

  private static final String OBJECT_IN_USE = "55006";

  private static final String FIND =
      """
      select slot_type, plugin, database, temporary, active_pid, wal_status,
        database = pg_catalog.current_database()
      from pg_catalog.pg_replication_slots where slot_name = ?""";

  private static final String CONFIRMED =
      "select confirmed_flush_lsn::text from pg_catalog.pg_replication_slots where slot_name = ?";

  private static final String COPY =
      "select pg_catalog.pg_copy_logical_replication_slot(?::name, ?::name, false)::text";

  private static final String DROP =
      """
      select pg_catalog.pg_drop_replication_slot(slot_name)::text
      from pg_catalog.pg_replication_slots where slot_name = ?""";

  private final String name;

  /**
   * Names a slot.
   *
   * @throws IllegalArgumentException if PostgreSQL would not take the name
   */
  public DurableSlot(String name) {
    if (!VALID.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a replication slot cannot be called '"
              + name
              + "': 1 to 63 lower case letters, digits and underscores are allowed");
    }
    this.name = name;
  }

  /** The slot's name. */
  public String name() {
    return name;
  }

  /** Whether a slot is there that can be read from; one that was lost is dropped. */
  public boolean isUsable(Connection side) throws SQLException, FeedUnavailableException {
    try (PreparedStatement statement = side.prepareStatement(FIND)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return false;
        }
        requireOurs(row);
        String pid = row.getString(5);
        if (pid != null) {
          throw inUse(pid);
        }
        if (!"lost".equals(row.getString(6))) {
          return true;
        }
      }
    }
    drop(side, name);
    return false;
  }

  private void requireOurs(ResultSet row) throws SQLException, FeedUnavailableException {
    @Nullable String foreign = null;
    if (!"logical".equals(row.getString(1))) {
      foreign = "is a physical one";
    } else if (row.getBoolean(4)) {
      foreign = "is a temporary one of another session";
    } else if (!"pgoutput".equals(row.getString(2))) {
      foreign = "is for the plugin " + row.getString(2) + ", not pgoutput";
    } else if (!row.getBoolean(7)) {
      foreign = "is of the database " + row.getString(3);
    }
    if (foreign != null) {
      throw new FeedUnavailableException(
          "the replication slot "
              + name
              + " "
              + foreign
              + ": give Freshet's another name, or drop it if nobody needs it (select"
              + " pg_drop_replication_slot('"
              + name
              + "'))");
    }
  }

  private FeedUnavailableException inUse(String pid) {
    String problem =
        "the replication slot "
            + name
            + " is active for PID "
            + pid
            + ": another process reads from it, or did until a moment ago. It is tried again; to"
            + " end the other one: select pg_terminate_backend("
            + pid
            + ")";
    return new FeedUnavailableException(problem, new SQLException(problem, OBJECT_IN_USE));
  }

  /** Creates the temporary slot that is to become this one. Takes as long as there are writers. */
  public void prepare(WalStream stream) throws FeedUnavailableException {
    stream.createTemporary();
  }

  /** Makes the slot of the temporary one, once the hole before that has closed. */
  public void make(WalStream stream, Connection side) throws SQLException {
    try (PreparedStatement statement = side.prepareStatement(COPY)) {
      statement.setString(1, stream.name());
      statement.setString(2, name);
      statement.execute();
    }
    stream.dropTemporary();
  }

  /**
   * Begins to stream.
   *
   * @return the place from which on everything comes
   */
  public long start(WalStream stream, Connection side)
      throws SQLException, FeedUnavailableException {
    stream.startPermanent(name);
    try (PreparedStatement statement = side.prepareStatement(CONFIRMED)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next() || row.getString(1) == null) {
          throw new FeedUnavailableException(
              "the replication slot " + name + " was dropped as it was about to be read");
        }
        return LogSequenceNumber.valueOf(row.getString(1)).asLong();
      }
    }
  }

  /** Drops the slot, if there is one. */
  public void drop(Connection side) throws SQLException {
    drop(side, name);
  }

  static boolean drop(Connection side, String name) throws SQLException {
    try (PreparedStatement statement = side.prepareStatement(DROP)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }
}
