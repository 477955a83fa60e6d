package io.freshet.load;

import io.freshet.BusSettings;
import io.freshet.relay.RelaySettings.Source;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that relays run in, one after the other: what it costs can be told from the rest. Used by
 * one thread.
 */
final class RelayProcess implements AutoCloseable {

  private static final int END_SECONDS = 10;

  private final Process process;
  private final PrintWriter commands;
  private final BufferedReader answers;

  /**
   * What a relay has done since its start.
   *
   * @param messages messages that the broker has confirmed
   * @param widened how often rows were given up for their tables
   * @param losses how often a connection was lost
   */
  record Status(long messages, long widened, long losses) {}

  private RelayProcess(Process process) {
    this.process = process;
    this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  static RelayProcess start() throws IOException {
    return new RelayProcess(
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                classPath(),
                RelayMain.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Maven runs the program in its own JVM, by a class loader. */
  private static String classPath() {
    if (!(RelayProcess.class.getClassLoader() instanceof URLClassLoader loader)) {
      return System.getProperty("java.class.path");
    }
    List<String> entries = new ArrayList<>();
    try {
      for (URL url : loader.getURLs()) {
        entries.add(Path.of(url.toURI()).toString());
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    return String.join(File.pathSeparator, entries);
  }

  /** Starts a relay, and waits until it leads and hears. */
  void begin(String url, Source source, BusSettings bus) throws IOException {
    ask(
        String.join(
            " ",
            RelayMain.START,
            url,
            source.name(),
            bus.broker().name(),
            bus.address(),
            bus.channel()));
  }

  Status status() throws IOException {
    String[] words = ask(RelayMain.STATUS).split(" ", -1);
    return new Status(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  /** Ends the relay, if one runs. */
  void end() throws IOException {
    ask(RelayMain.STOP);
  }

  /** What the whole process has used of its processors, to 10 ms on Linux. */
  Duration processorTime() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private String ask(String command) throws IOException {
    commands.println(command);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("the relay's process has ended");
    }
    if (answer.startsWith(RelayMain.FAILED)) {
      throw new IllegalStateException("the relay " + answer);
    }
    return answer;
  }

  @Override
  public void close() {
    commands.close();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
