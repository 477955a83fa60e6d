package io.freshet.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replication slots of ours, and the log that they hold. Stateless. */
final class SlotCheck {

  /** More than a few minutes of a busy server. */
  private static final long MUCH_BYTES = 1L << 30;

  private static final String SLOTS =
      """
      select slot_name, database, temporary, active, active_pid, wal_status,
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::bigint,
        safe_wal_size
      from pg_catalog.pg_replication_slots where slot_name ~ '^freshet' order by 1""";

  private SlotCheck() {}

  /**
   * One slot.
   *
   * @param heldBytes how much log is kept for it; 0 if none is
   * @param status as in pg_replication_slots; null before it is reserved
   * @param safeBytes how much more may be written until it is lost; null where nothing limits it
   */
  private record Slot(
      Owner owner,
      boolean temporary,
      @Nullable String status,
      long heldBytes,
      @Nullable Long safeBytes) {

    boolean is(String one) {
      return one.equals(status);
    }
  }

  private record Owner(String name, String database, boolean active, int pid) {}

  static void run(Examination examination, boolean wal) throws SQLException {
    Connection connection = examination.connection();
    List<Slot> slots = Query.list(connection, SLOTS, SlotCheck::slot);
    slots.forEach(slot -> look(examination.findings(), slot));
    boolean permanent = slots.stream().anyMatch(slot -> !slot.temporary());
    if (!wal && !permanent) {
      return;
    }
    if (Query.setting(connection, "max_slot_wal_keep_size").equals("-1")) {
      String text = "unlimited: a slot that nobody reads keeps the log until the disk is full";
      String remedy = "alter system set max_slot_wal_keep_size = '10GB'; select pg_reload_conf()";
      if (permanent) {
        examination.findings().warning("max_slot_wal_keep_size", text, remedy);
      } else {
        examination.findings().info("max_slot_wal_keep_size", text, remedy);
      }
    }
  }

  private static Slot slot(ResultSet row) throws SQLException {
    long safe = row.getLong(8);
    Long safeBytes = row.wasNull() ? null : safe;
    return new Slot(
        new Owner(
            row.getString(1), Query.orEmpty(row.getString(2)), row.getBoolean(4), row.getInt(5)),
        row.getBoolean(3),
        row.getString(6),
        row.getLong(7),
        safeBytes);
  }

  private static void look(Findings findings, Slot slot) {
    Owner owner = slot.owner();
    String subject = "slot " + owner.name();
    String drop = "select pg_drop_replication_slot(%s)".formatted(SqlText.literal(owner.name()));
    String held = "%s of log are kept for it".formatted(size(slot.heldBytes()));
    if (slot.is("lost")) {
      findings.error(
          subject, "it is lost: the log that it needs is gone, and with it its place", drop);
    } else if (slot.is("unreserved")) {
      findings.warning(
          subject,
          "it is about to be lost; " + held,
          owner.active()
              ? "Find out why process %d does not keep up".formatted(owner.pid())
              : "Start who reads it, or: " + drop);
    } else if (!slot.temporary() && !owner.active()) {
      findings.warning(
          subject,
          "nobody reads it, in database %s; %s%s"
              .formatted(owner.database(), held, safe(slot.safeBytes())),
          "Start who reads it, or: " + drop);
    } else if (slot.heldBytes() > MUCH_BYTES) {
      findings.warning(
          subject,
          held,
          "Find out why process %d does not keep up, or: select pg_terminate_backend(%d)"
              .formatted(owner.pid(), owner.pid()));
    } else {
      findings.ok(
          subject,
          "%s, read by process %d; %s"
              .formatted(slot.temporary() ? "temporary" : "permanent", owner.pid(), held));
    }
  }

  private static String safe(@Nullable Long bytes) {
    return bytes == null ? "" : "; lost after %s more".formatted(size(Math.max(0, bytes)));
  }

  static String size(long bytes) {
    if (bytes < 1 << 20) {
      return (bytes >> 10) + " kB";
    }
    return bytes < 1L << 30
        ? (bytes >> 20) + " MB"
        : "%.1f GB".formatted(bytes / (double) (1L << 30));
  }
}
