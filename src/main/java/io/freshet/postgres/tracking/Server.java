package io.freshet.postgres.tracking;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Whether a server can tell of changes at all. Stateless. */
public final class Server {

  /** The oldest release that every test runs on. */
  static final int OLDEST_MAJOR = 15;

  /** Pages of 8 kB, half a gigabyte: the default is 16 times as much. */
  private static final int SMALL_QUEUE_PAGES = 65_536;

  private static final String IDENTITY =
      """
      select c.system_identifier || '/' || d.oid
      from pg_catalog.pg_control_system() as c
      join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()""";

  private static final String SETTING = "select coalesce(pg_catalog.current_setting(?, true), '')";

  private Server() {}

  /** What keeps every feed from working with this server; empty if nothing does. */
  public static List<Gap> check(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    if (!product.equals("PostgreSQL")) {
      return List.of(new Gap(product, "only PostgreSQL tells of changes", "Set freshet.feed=none"));
    }
    int major = connection.getMetaData().getDatabaseMajorVersion();
    if (major < OLDEST_MAJOR) {
      return List.of(
          new Gap(
              "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion(),
              "feeds need version " + OLDEST_MAJOR + " or later",
              "Upgrade the server, or set freshet.feed=none"));
    }
    if (Sql.text(connection, "select pg_catalog.pg_is_in_recovery()::text").equals("true")) {
      return List.of(
          new Gap(
              "the server",
              "it is a standby, which has neither NOTIFY nor triggers of its own",
              "Set freshet.feed.url to the primary"));
    }
    return List.of();
  }

  /** What works with triggers, but may surprise. */
  public static List<Gap> warnings(Connection connection) throws SQLException {
    List<Gap> warnings = new ArrayList<>();
    String prepared = setting(connection, "max_prepared_transactions");
    if (!prepared.equals("0")) {
      warnings.add(
          new Gap(
              "max_prepared_transactions = " + prepared,
              "PREPARE TRANSACTION (XA) fails in a transaction that has changed a tracked table,"
                  + " since it has run NOTIFY",
              "Set freshet.feed=wal if the application uses XA"));
    }
    String pages = setting(connection, "max_notify_queue_pages");
    if (!pages.isEmpty() && Integer.parseInt(pages) < SMALL_QUEUE_PAGES) {
      warnings.add(
          new Gap(
              "max_notify_queue_pages = " + pages,
              "a transaction that tells more than half of the queue holds may fail to commit",
              "Leave it at its default, 1048576"));
    }
    return List.copyOf(warnings);
  }

  /**
   * Which database this is: the cluster's system identifier, which a standby that is promoted
   * keeps, and the database's number in it.
   */
  public static String identity(Connection connection) throws SQLException {
    return Sql.text(connection, IDENTITY);
  }

  static String setting(Connection connection, String name) throws SQLException {
    return Sql.text(connection, SETTING, name);
  }
}
