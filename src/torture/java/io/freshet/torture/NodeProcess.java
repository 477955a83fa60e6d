package io.freshet.torture;

import io.freshet.testing.PrivateServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A node's JVM, seen from outside. Commands are for one thread, signals for any. */
final class NodeProcess implements AutoCloseable {

  /** Where Debian and others install the library that fakes a process's wall clock. */
  private static final List<String> FAKETIME =
      List.of(
          "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
          "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
          "/usr/lib/faketime/libfaketime.so.1",
          "/usr/local/lib/faketime/libfaketime.so.1");

  private final Process process;
  private final Path clock;
  private final Path log;
  private final BufferedReader out;
  private final Writer in;

  private NodeProcess(Process process, Path clock, Path log) {
    this.process = process;
    this.clock = clock;
    this.log = log;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
  }

  /** The library that steps clocks, where it is installed. */
  static Optional<String> faketime() {
    return FAKETIME.stream().filter(file -> Files.exists(Path.of(file))).findFirst();
  }

  /**
   * Starts one; it is not yet ready.
   *
   * @param directory for its files, whose names begin with the name
   * @param steps whether its clock can step, which makes everything slower
   */
  static NodeProcess start(Path directory, String name, Properties settings, boolean steps) {
    Path file = directory.resolve(name + ".properties");
    Path clock = directory.resolve(name + ".clock");
    Path log = directory.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(NodeMain.class.getName(), file.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    faketime()
        .filter(library -> steps)
        .ifPresent(
            library -> {
              builder.environment().put("LD_PRELOAD", library);
              builder.environment().put("FAKETIME_TIMESTAMP_FILE", clock.toString());
              builder.environment().put("FAKETIME_CACHE_DURATION", "1");
              builder.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
              builder.environment().put("FAKETIME_DISABLE_SHM", "1");
              // else every timed wait of the JVM, which uses the monotonic clock, returns at once
              builder.environment().put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
            });
    try (Writer writer = Files.newBufferedWriter(file)) {
      Files.writeString(clock, "+0");
      settings.store(writer, null);
      writer.flush();
      return new NodeProcess(builder.start(), clock, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it is ready. */
  void awaitReady() {
    String line = read();
    while (!line.equals("ready")) {
      line = read();
    }
    requireSameClock();
  }

  /** The history compares moments of all processes. */
  private void requireSameClock() {
    long before = System.nanoTime();
    long there = Long.parseLong(ask("clock"));
    long after = System.nanoTime();
    if (there < before || there > after) {
      throw new IllegalStateException(
          "System.nanoTime() of two JVMs cannot be compared here: %d is not between %d and %d"
              .formatted(there, before, after));
    }
  }

  /** Gives a command and waits for the answer. */
  String ask(String command) {
    tell(command);
    return read();
  }

  /** Gives a command. */
  void tell(String command) {
    try {
      in.write(command + "\n");
      in.flush();
    } catch (IOException e) {
      throw new IllegalStateException("the node has ended: " + tail(), e);
    }
  }

  /** The next answer. */
  String read() {
    try {
      String line = out.readLine();
      if (line == null) {
        throw new IllegalStateException("the node has ended: " + tail());
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String tail() {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.toList();
      return String.join("\n", all.subList(Math.max(0, all.size() - 30), all.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  void freeze() {
    PrivateServer.signal("STOP", String.valueOf(process.pid()));
  }

  void thaw() {
    PrivateServer.signal("CONT", String.valueOf(process.pid()));
  }

  /** Its wall clock is that far off from now on. */
  void setClock(long seconds) {
    try {
      Path next =
          Files.writeString(
              clock.resolveSibling(clock.getFileName() + ".next"), "%+d".formatted(seconds));
      Files.move(next, clock, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it with its standard input, so that it writes to the end what it has to tell. */
  @Override
  public void close() {
    try {
      in.close();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
