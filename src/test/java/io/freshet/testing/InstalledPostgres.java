package io.freshet.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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

  private final Path directory;
  private final int port;
  private final Process server;

  private InstalledPostgres(Path directory, int port, Process server) {
    this.directory = directory;
    this.port = port;
    this.server = server;
  }

  /** Whether the binaries are there. */
  public static boolean isAvailable() {
    return Files.isExecutable(BINARIES.resolve("postgres"));
  }

  /** Starts it on a free port of the loopback interface. */
  public static InstalledPostgres start() {
    try {
      Path directory = Files.createTempDirectory("freshet-postgres");
      if (isRoot()) {
        run("chown", "postgres", directory.toString());
      }
      String data = directory.resolve("data").toString();
      run(asPostgres("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"));
      int port = freePort();
      Process server =
          new ProcessBuilder(
                  asPostgres(
                      "postgres",
                      "-D" + data,
                      "-p" + port,
                      "-clisten_addresses=127.0.0.1",
                      "-cunix_socket_directories=",
                      "-cwal_level=logical",
                      "-cfsync=off"))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      InstalledPostgres started = new InstalledPostgres(directory, port, server);
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(started::answers);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
  }

  @Override
  public void close() {
    try {
      // SIGINT: a fast shutdown
      run("kill", "-INT", String.valueOf(server.pid()));
      if (!server.waitFor(30, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
      run("rm", "-r", directory.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static List<String> asPostgres(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      // replaces itself by the program, so that its id is the program's
      command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    command.add(BINARIES.resolve(program).toString());
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

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
