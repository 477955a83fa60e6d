package io.freshet.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A server that runs as a child of this JVM, with a directory of its own, and does not outlive it.
 * Not thread-safe.
 */
final class ServerProcess {

  private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> List.copyOf(RUNNING).forEach(ServerProcess::close)));
  }

  private final Path directory;
  private final List<String> command;
  private final Map<String, String> environment;
  private Process process;

  private ServerProcess(Path directory, List<String> command, Map<String, String> environment) {
    this.directory = directory;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    RUNNING.add(this);
    this.process = run();
  }

  /**
   * @param directory removed with the server
   * @param command must replace itself by the server, if it is a script
   */
  static ServerProcess start(
      Path directory, List<String> command, Map<String, String> environment) {
    return new ServerProcess(directory, command, environment);
  }

  private Process run() {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("output").toFile()));
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again after {@link #kill}. */
  void startAgain() {
    process = run();
  }

  /** Whether it runs; what it said last, if not. */
  void check() {
    if (!process.isAlive()) {
      try {
        throw new IllegalStateException(
            command + " has ended: " + Files.readString(directory.resolve("output")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends it, and what it has started, by SIGKILL. */
  void kill() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroyForcibly();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException(command + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  /** Sends it a signal. */
  void signal(String name) {
    run(Map.of(), "kill", "-" + name, String.valueOf(process.pid()));
  }

  /** Ends it and removes its directory. */
  void close() {
    RUNNING.remove(this);
    kill();
    run(Map.of(), "rm", "-rf", directory.toString());
  }

  /** Runs a program to its end, and returns what it says. */
  static String run(Map<String, String> environment, String... command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment);
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(List.of(command) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
