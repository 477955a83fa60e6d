package io.freshet.postgres.wal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A replication slot as the server sees it at one moment, for whoever watches over it. Immutable.
 *
 * @param exists whether there is one of that name; if not, the other components say nothing
 * @param activePid the server's process that reads from it, or null
 * @param retainedBytes how much of the log the server keeps for it; 0 if it keeps none
 * @param walStatus as in {@code pg_replication_slots}: {@code reserved}, {@code extended}, {@code
 *     unreserved} (about to be lost) or {@code lost}; null where the server does not say
 * @param safeWalSize how many bytes may be written until it is in danger of being lost; null if
 *     {@code max_slot_wal_keep_size} sets no limit, or it is lost
 * @param confirmedLagBytes how much has been written behind the place that was acknowledged last
 */
public record SlotState(
    boolean exists,
    @Nullable Integer activePid,
    long retainedBytes,
    @Nullable String walStatus,
    @Nullable Long safeWalSize,
    long confirmedLagBytes) {

  private static final SlotState NONE = new SlotState(false, null, 0, null, null, 0);

  private static final String STATE =
      """
      select active_pid,
        coalesce(pg_catalog.pg_wal_lsn_diff(
          pg_catalog.pg_current_wal_lsn(), restart_lsn), 0)::bigint,
        wal_status, safe_wal_size,
        coalesce(pg_catalog.pg_wal_lsn_diff(
          pg_catalog.pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint
      from pg_catalog.pg_replication_slots where slot_name = ?""";

  /**
   * Whether the server has thrown away what the slot should have kept: it is of no use any more.
   */
  public boolean isLost() {
    return "lost".equals(walStatus);
  }

  /**
   * Asks the server; needs no right.
   *
   * @param side an ordinary connection to the primary
   */
  public static SlotState read(Connection side, String slot) throws SQLException {
    try (PreparedStatement statement = side.prepareStatement(STATE)) {
      statement.setString(1, slot);
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new SlotState(
                true,
                row.getObject(1, Integer.class),
                row.getLong(2),
                row.getString(3),
                row.getObject(4, Long.class),
                row.getLong(5))
            : NONE;
      }
    }
  }
}
