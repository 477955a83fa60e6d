package io.freshet.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What {@code freshet.tracking=install} leaves in a database, and takes away again what was not
 * there before and nobody uses. Immutable.
 */
final class FeedTraces {

  private static final String HAS_SCHEMA =
      "select exists (select from pg_namespace where nspname = 'freshet')";
  private static final String HAS_PUBLICATION =
      "select exists (select from pg_publication where pubname = 'freshet')";
  private static final String PUBLICATION_IS_USED =
      "select exists (select from pg_publication_rel r join pg_publication p on p.oid = r.prpubid"
          + " where p.pubname = 'freshet')";
  private static final String SCHEMA_IS_USED = "select exists (select from freshet.tracked())";
  private static final String UNTRACK =
      "select freshet.untrack(t.relation) from freshet.tracked() t"
          + " join pg_class c on c.oid = t.relation join pg_namespace n on n.oid = c.relnamespace"
          + " where n.nspname = '"
          + DemoSchema.NAME
          + "'";

  private final boolean hadSchema;
  private final boolean hadPublication;

  private FeedTraces(boolean hadSchema, boolean hadPublication) {
    this.hadSchema = hadSchema;
    this.hadPublication = hadPublication;
  }

  /** What is there before the demo installs anything. */
  static FeedTraces before(Connection connection) throws SQLException {
    return new FeedTraces(is(connection, HAS_SCHEMA), is(connection, HAS_PUBLICATION));
  }

  /** Takes the triggers from the demo's tables, and their functions with them. */
  void untrack(Connection connection) throws SQLException {
    if (is(connection, HAS_SCHEMA)) {
      execute(connection, UNTRACK);
    }
  }

  /** Takes away what the demo has brought, unless somebody has begun to use it. */
  void remove(Connection connection) throws SQLException {
    if (!hadSchema && is(connection, HAS_SCHEMA) && !is(connection, SCHEMA_IS_USED)) {
      execute(connection, "drop schema freshet cascade");
    }
    if (!hadPublication
        && is(connection, HAS_PUBLICATION)
        && !is(connection, PUBLICATION_IS_USED)) {
      execute(connection, "drop publication freshet");
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean is(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() && rows.getBoolean(1);
    }
  }
}
