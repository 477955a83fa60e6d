package io.freshet.testing;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.relay.Relay;
import io.freshet.relay.RelaySettings;
import io.freshet.relay.RelaySettings.Limits;
import io.freshet.relay.RelaySettings.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A relay in a JVM of its own, which can be killed. Not thread-safe. */
public final class RelayProcess implements AutoCloseable {

  private static final String STARTED = "started";

  private final Process process;

  private RelayProcess(Process process) {
    this.process = process;
  }

  /** Starts one, and waits until it has. */
  public static RelayProcess start(RelaySettings settings) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            RelayProcess.class.getName(),
            settings.database().url(),
            settings.source().name(),
            settings.bus().broker().name(),
            settings.bus().address(),
            settings.bus().channel(),
            settings.limits().slot());
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      RelayProcess started = new RelayProcess(process);
      BufferedReader output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = output.readLine(); !STARTED.equals(line); line = output.readLine()) {
        if (line == null) {
          started.close();
          throw new IllegalStateException("the relay has not started: " + command);
        }
      }
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The relay's JVM: it ends with its standard input, and so with the one that started it. */
  public static void main(String[] arguments) throws IOException {
    RelaySettings settings =
        new RelaySettings(
            new FeedTarget(arguments[0], Optional.empty(), Optional.empty(), Duration.ofSeconds(2)),
            Source.valueOf(arguments[1]),
            new BusSettings(Broker.valueOf(arguments[2]), arguments[3], arguments[4]),
            new Limits(1_000, arguments[5], Limits.DEFAULT_SLOT_WARNING_BYTES));
    Relay relay = Relay.start(settings);
    System.out.println(STARTED);
    while (System.in.read() >= 0) {
      // nothing is said
    }
    relay.close();
  }

  /** Ends it by SIGKILL. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("it does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops all its work by SIGSTOP; connections stay open. */
  public void freeze() {
    PrivateServer.signal("STOP", String.valueOf(process.pid()));
  }

  /** Lets it go on. */
  public void thaw() {
    PrivateServer.signal("CONT", String.valueOf(process.pid()));
  }

  @Override
  public void close() {
    kill();
  }
}
