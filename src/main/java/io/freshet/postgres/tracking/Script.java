package io.freshet.postgres.tracking;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The script that makes schema {@code freshet}: {@code migrations/V1__freshet.sql}. Stateless. */
final class Script {

  /** What the script notes in the comment on its schema. */
  static final int VERSION = 1;

  static final String REMEDY = "Run migrations/V1__freshet.sql, or set freshet.tracking=install";

  private static final String RESOURCE = "/io/freshet/migrations/V1__freshet.sql";

  private static final String INSTALLED =
      """
      select coalesce(pg_catalog.substring(
        pg_catalog.obj_description(
          pg_catalog.to_regnamespace('freshet')::oid, 'pg_namespace'), '^Freshet, version (\\d+)$'),
        '0')""";

  private Script() {}

  /** The script's text, as packaged. */
  static String text() {
    try (InputStream resource = Script.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException(RESOURCE + " is missing from Freshet's jar");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version that the database has; 0 for none. */
  static int installed(Connection connection) throws SQLException {
    return Integer.parseInt(Sql.text(connection, INSTALLED));
  }

  /** The script where the database has none or an older one; else nothing. */
  static List<String> commands(Connection connection) throws SQLException {
    return installed(connection) < VERSION ? List.of(text()) : List.of();
  }

  /** Runs the script where the database has none or an older one. */
  static void ensure(Connection connection) throws SQLException {
    if (installed(connection) < VERSION) {
      Sql.execute(connection, text());
    }
  }
}
