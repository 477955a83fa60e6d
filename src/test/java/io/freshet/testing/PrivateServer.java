package io.freshet.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A PostgreSQL of a test's own, to be maltreated. Not thread-safe. */
public final class PrivateServer implements AutoCloseable {

  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Duration STARTUP = Duration.ofMinutes(1);

  private final Map<String, String> settings;
  private final Path directory;
  private final int port;
  private EmbeddedPostgres running;

  private PrivateServer(Map<String, String> settings, Path directory, int port) {
    this.settings = settings;
    this.directory = directory;
    this.port = port;
    this.running = run();
  }

  /**
   * Starts one, with logical replication unless the settings say otherwise.
   *
   * @param settings names and values in turn
   */
  public static PrivateServer start(String... settings) {
    Map<String, String> all =
        new TreeMap<>(Map.of("wal_level", "logical", "max_connections", "60", "fsync", "off"));
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    try {
      return new PrivateServer(all, Files.createTempDirectory("freshet-server"), FreePort.next());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres run() {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPort(port)
            .setDataDirectory(directory)
            .setCleanDataDirectory(false)
            .setPGStartupWait(STARTUP);
    settings.forEach(builder::setServerConfig);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server fast: sessions are ended. */
  public void stop() {
    try {
      running.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again, on the same port and data. */
  public void startAgain() {
    running = run();
  }

  public int port() {
    return port;
  }

  /** A new database; the JDBC URL. */
  public String database() {
    String name = "fault_" + COUNTER.incrementAndGet();
    execute(url("postgres"), "create database " + name);
    return url(name);
  }

  /** The JDBC URL of a database, user postgres. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, database);
  }

  /** The file with the rules of who may log in; read again by {@code pg_reload_conf()}. */
  public Path hba() {
    return directory.resolve("pg_hba.conf");
  }

  /** Runs statements in autocommit. */
  public static void execute(String url, String... statements) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(String.join("; ", statements), e);
    }
  }

  /** The first column of a query, as text. */
  public static List<String> query(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Sends a signal to a process of the server. */
  public static void signal(String name, String pid) {
    try {
      int result = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
      if (result != 0) {
        throw new IllegalStateException("kill -%s %s: %d".formatted(name, pid, result));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    stop();
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
