package io.freshet.bench;

import io.freshet.testing.RedisServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * A PostgreSQL with a database for each worker, and a Redis where one is asked for. The embedded
 * one does not wait for the disk, whose share would hide what caches cost. Used by one thread.
 */
final class Server implements AutoCloseable {

  private final @Nullable EmbeddedPostgres postgres;
  private final String url;
  private @Nullable RedisServer redis;
  private int databases;

  private Server(@Nullable EmbeddedPostgres postgres, String url) {
    this.postgres = postgres;
    this.url = url;
  }

  /** One that is there already: the URL of a superuser, on whose server databases come and go. */
  static Server at(String url) {
    return new Server(null, url);
  }

  static Server start() throws IOException {
    EmbeddedPostgres postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "off")
            .setServerConfig("synchronous_commit", "off")
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_connections", "400")
            .setServerConfig("max_wal_senders", "50")
            .setServerConfig("max_replication_slots", "50")
            .setServerConfig("max_wal_size", "4GB")
            .setServerConfig("shared_buffers", "256MB")
            // a boot of many entities locks each of their tables
            .setServerConfig("max_locks_per_transaction", "1024")
            .start();
    return new Server(postgres, postgres.getJdbcUrl("postgres", "postgres"));
  }

  /** Creates an empty database; its URL. */
  String database() throws SQLException {
    String name = "bench_%d_%d".formatted(ProcessHandle.current().pid(), ++databases);
    execute("create database " + name);
    return url.replaceFirst("^(jdbc:postgresql://[^/]+/)[^?]*", "$1" + name);
  }

  /** Drops a database again, whoever is still there. */
  void drop(String database) throws SQLException {
    String name = database.replaceFirst("^jdbc:postgresql://[^/]+/([a-z0-9_]+).*$", "$1");
    execute("drop database if exists " + name + " with (force)");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  /** The first column of the first row. */
  String query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /**
   * The address of a Redis, started if need be.
   *
   * @throws WorkerFailedException if none is installed
   */
  String redis() {
    RedisServer known = redis;
    if (known == null) {
      try {
        known = RedisServer.start();
      } catch (TestAbortedException notInstalled) {
        throw new WorkerFailedException(String.valueOf(notInstalled.getMessage()));
      }
      redis = known;
    }
    return known.address();
  }

  @Override
  public void close() throws IOException {
    RedisServer known = redis;
    if (known != null) {
      known.close();
    }
    EmbeddedPostgres embedded = postgres;
    if (embedded != null) {
      embedded.close();
    }
  }
}
