package io.freshet.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A private server from the binaries of the oldest supported release, where they are installed:
 * {@code /usr/lib/postgresql/15/bin}, or what the environment variable {@code FRESHET_POSTGRES_15}
 * names. With logical replication. Run as root, it becomes the user postgres.
 */
public final class InstalledPostgres implements AutoCloseable {

  private static final Path BINARIES =
      Path.of(
          Optional.ofNullable(System.getenv("FRESHET_POSTGRES_15"))
              .orElse("/usr/lib/postgresql/15/bin"));

  /** The binaries that the embedded server is made of. */
  private static final class Embedded {
    static final Path BINARIES = find();

    private static Path find() {
      try (PrivateServer server = PrivateServer.start()) {
        return Path.of(
            PrivateServer.query(
                    server.url("postgres"), "select setting from pg_config where name = 'BINDIR'")
                .get(0));
      }
    }
  }

  private final Path binaries;
  private final Path directory;
  private final int port;
  private Process server;

  private InstalledPostgres(Path binaries, Path directory, int port) {
    this.binaries = binaries;
    this.directory = directory;
    this.port = port;
    this.server = postgres();
  }

  /** Whether the binaries are there. */
  public static boolean isAvailable() {
    return Files.isExecutable(BINARIES.resolve("postgres"));
  }

  /** Starts it on a free port of the loopback interface. */
  public static InstalledPostgres start() {
    return start(BINARIES);
  }

  /** Starts the embedded release, with all that this class can do to a server. */
  public static InstalledPostgres startEmbedded() {
    return start(Embedded.BINARIES);
  }

  private static InstalledPostgres start(Path binaries) {
    try {
      Path directory = Files.createTempDirectory("freshet-postgres");
      if (isRoot() && binaries.equals(BINARIES)) {
        run("chown", "postgres", directory.toString());
      }
      String data = directory.resolve("data").toString();
      run(asPostgres(binaries, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"));
      InstalledPostgres started = new InstalledPostgres(binaries, directory, FreePort.next());
      started.awaitAnswer();
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process postgres() {
    List<String> command =
        asPostgres(
            binaries,
            "postgres",
            "-D" + directory.resolve("data"),
            "-p" + port,
            "-clisten_addresses=127.0.0.1",
            "-cunix_socket_directories=",
            "-cwal_level=logical",
            "-cfsync=off");
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitAnswer() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(this::answers);
  }

  private boolean answers() {
    try (var connection = DriverManager.getConnection(url())) {
      return connection.isValid(1);
    } catch (SQLException e) {
      return false;
    }
  }

  /** The superuser's URL. */
  public String url() {
    return url("postgres");
  }

  /** The superuser's URL of a database. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, database);
  }

  /** Stops it fast: sessions are ended. */
  public void stop() {
    end("INT");
  }

  /** Ends it as if it had crashed: it recovers from its log when it starts again. */
  public void crash() {
    end("QUIT");
  }

  /** Starts it again, on the same port and data, and waits until it answers. */
  public void startAgain() {
    server = postgres();
    awaitAnswer();
  }

  private void end(String signal) {
    run("kill", "-" + signal, String.valueOf(server.pid()));
    try {
      if (!server.waitFor(30, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (server.isAlive()) {
      stop();
    }
    run("rm", "-r", directory.toString());
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** The server refuses to run as root. */
  private static List<String> asPostgres(Path binaries, String program, String... arguments) {
    List<String> command = new ArrayList<>();
    // both replace themselves by the program, so that their id is the program's
    if (isRoot() && binaries.equals(BINARIES)) {
      command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    } else if (isRoot()) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(binaries.resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static void run(String... command) {
    run(List.of(command));
  }

  private static void run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
