package io.freshet.postgres.wal;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * A server with logical replication, impatient with clients that do not answer. It is an embedded
 * one, started on first use, whose own shutdown hook stops it with the JVM; or the one that the
 * environment variable {@code FRESHET_TEST_WAL_POSTGRES} names by a JDBC URL of its superuser
 * postgres, with the settings below and nobody else on it.
 */
final class WalServer {

  private static final String GIVEN = System.getenv("FRESHET_TEST_WAL_POSTGRES");

  static final String URL = GIVEN != null ? GIVEN : start().getJdbcUrl("postgres", "postgres");

  private WalServer() {}

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder()
          .setServerConfig("wal_level", "logical")
          .setServerConfig("wal_sender_timeout", "4s")
          .setServerConfig("max_prepared_transactions", "5")
          .setServerConfig("max_replication_slots", "4")
          .setServerConfig("max_wal_senders", "8")
          .setServerConfig("max_connections", "50")
          .setServerConfig("synchronous_commit", "on")
          .setServerConfig("fsync", "on")
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Connection connect() throws SQLException {
    return DriverManager.getConnection(URL);
  }

  static WalStream stream(String publication) throws FeedUnavailableException {
    return WalStream.connect(URL, new Properties(), publication, null);
  }

  static void execute(String... statements) {
    try (Connection connection = connect()) {
      execute(connection, statements);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static String query(String sql) {
    try (Connection connection = connect()) {
      return query(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The first column of the first row, as text; null for no row or SQL NULL. */
  static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
