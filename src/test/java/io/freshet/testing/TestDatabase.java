package io.freshet.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * A database of its own on a real PostgreSQL, dropped on close. The server is the embedded one,
 * started once per test JVM, or the one that the environment variable {@code FRESHET_TEST_POSTGRES}
 * names by a JDBC URL of a superuser, such as {@code
 * jdbc:postgresql://127.0.0.1:5432/postgres?user=postgres}.
 */
public final class TestDatabase implements AutoCloseable {

  private static final String GIVEN = System.getenv("FRESHET_TEST_POSTGRES");
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final String adminUrl;
  private final String name;
  private final String url;

  private TestDatabase(String adminUrl, String name) {
    this.adminUrl = adminUrl;
    this.name = name;
    this.url = adminUrl.replaceFirst("(jdbc:postgresql://[^/]+/)[^?]*", "$1" + name);
  }

  /** Creates an empty database. */
  public static TestDatabase create() {
    return createOn(adminUrl());
  }

  /** Creates an empty database on another server, to which this is a superuser's URL. */
  public static TestDatabase createOn(String adminUrl) {
    String name = "freshet_test_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
    execute(adminUrl, "create database " + name);
    return new TestDatabase(adminUrl, name);
  }

  /** The JDBC URL, user included. */
  public String url() {
    return url;
  }

  /** A new connection, straight through the driver: what "another writer" uses. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  /** Runs statements in autocommit, past every cache. */
  public void execute(String... statements) {
    for (String statement : statements) {
      execute(url, statement);
    }
  }

  /** The first column of the first row, as text; null for no row or SQL NULL. */
  public String queryText(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Override
  public void close() {
    // a replication slot keeps its database until the server notices that its client is gone
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .ignoreExceptions()
        .untilAsserted(
            () -> execute(adminUrl, "drop database if exists " + name + " with (force)"));
  }

  private static void execute(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static String adminUrl() {
    return GIVEN != null ? GIVEN : Embedded.SERVER.getJdbcUrl("postgres", "postgres");
  }

  /** Started on first use; the server's own shutdown hook stops it with the JVM. */
  private static final class Embedded {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder()
            .setServerConfig("max_connections", "200")
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_replication_slots", "50")
            .setServerConfig("max_wal_senders", "50")
            .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
