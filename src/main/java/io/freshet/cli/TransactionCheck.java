package io.freshet.cli;

import java.sql.Connection;
import java.sql.SQLException;

/** Transactions that stay open: new slots wait for them, and the queue of NOTIFY may. Stateless. */
final class TransactionCheck {

  private static final String PREPARED =
      """
      select gid, owner, database, extract(epoch from now() - prepared)::bigint
      from pg_catalog.pg_prepared_xacts
      where prepared < now() - pg_catalog.make_interval(secs => ?) order by prepared""";

  /** Of other roles' sessions the state is shown to members of pg_read_all_stats only. */
  private static final String OPEN =
      """
      select pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(state, 'hidden'),
        extract(epoch from clock_timestamp() - xact_start)::bigint, backend_xid is not null
      from pg_catalog.pg_stat_activity
      where xact_start < clock_timestamp() - pg_catalog.make_interval(secs => ?)
        and pid <> pg_catalog.pg_backend_pid() and backend_type = 'client backend'
        and (state like 'idle in transaction%' or backend_xid is not null)
      order by xact_start limit 20""";

  private TransactionCheck() {}

  static void run(Examination examination) throws SQLException {
    Connection connection = examination.connection();
    Findings findings = examination.findings();
    Query.list(
        connection,
        PREPARED,
        row -> {
          String gid = SqlText.literal(row.getString(1));
          findings.warning(
              "prepared " + row.getString(1),
              "%s prepared it %d s ago in database %s; it keeps its locks, and new replication slots waiting"
                  .formatted(row.getString(2), row.getLong(4), row.getString(3)),
              "In that database: commit prepared %1$s, or: rollback prepared %1$s".formatted(gid));
          return gid;
        },
        examination.oldSeconds());
    Query.list(
        connection,
        OPEN,
        row -> {
          findings.warning(
              "process " + row.getInt(1),
              "%s (%s) is %s for %d s%s"
                  .formatted(
                      row.getString(2),
                      row.getString(3),
                      row.getString(4),
                      row.getLong(5),
                      row.getBoolean(6)
                          ? "; it has written, so that new replication slots wait for its end"
                          : ""),
              "select pg_terminate_backend(%d)".formatted(row.getInt(1)));
          return row.getInt(1);
        },
        examination.oldSeconds());
  }
}
