package io.freshet.load;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.wal.WalStream;
import io.freshet.relay.Relay;
import io.freshet.relay.RelaySettings;
import io.freshet.relay.RelaySettings.Limits;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.relay.RelayStatus;
import io.freshet.relay.RelayStatus.Role;
import io.freshet.relay.RelayStatus.Work;
import io.freshet.testing.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLState;

/**
 * The process that relays run in, one after the other, so that each finds its code compiled. Used
 * by one thread. {@link RelayProcess} is the other side.
 *
 * <p>Commands come by standard input, a line each, and are answered by a line each on standard
 * output; whatever logs writes to standard error, which the load program passes on. The process
 * ends with its input, and so with the load program.
 */
final class RelayMain {

  static final String START = "start";
  static final String STATUS = "status";
  static final String STOP = "stop";
  static final String FAILED = "failed: ";

  /** How long a relay may take to lead, and to have its first barrier back. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private @Nullable Relay relay;
  private @Nullable RelaySettings settings;

  private RelayMain() {}

  /** Obeys until the input ends. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err);
    Program.quieten();
    RelayMain main = new RelayMain();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(main.answer(line.split(" ", -1)));
        out.flush();
      }
    }
    System.exit(0);
  }

  private String answer(String[] words) {
    try {
      return switch (words[0]) {
        case START -> start(Arrays.copyOfRange(words, 1, words.length));
        case STATUS -> status();
        case STOP -> stop();
        default -> throw new IllegalArgumentException(words[0] + " is no command");
      };
    } catch (RuntimeException | SQLException e) {
      return FAILED + String.valueOf(e).lines().findFirst().orElse("");
    }
  }

  private String start(String[] words) {
    RelaySettings wanted =
        new RelaySettings(
            new FeedTarget(
                words[0], Optional.empty(), Optional.empty(), RelaySettings.DEFAULT_PATIENCE),
            Source.valueOf(words[1]),
            new BusSettings(Broker.valueOf(words[2]), words[3], words[4]),
            new Limits(LeanNodes.MAX_KEYS, words[4], Limits.DEFAULT_SLOT_WARNING_BYTES));
    Relay started = Relay.start(wanted);
    relay = started;
    settings = wanted;
    long begin = System.nanoTime();
    RelayStatus status = started.status();
    while (status.role() != Role.LEADER || !status.isHealthy()) {
      if (System.nanoTime() - begin > PATIENCE_NANOS) {
        throw new IllegalStateException("the relay does not lead: " + status.trouble());
      }
      LockSupport.parkNanos(LOOK_NANOS);
      status = started.status();
    }
    return "leads";
  }

  /** Messages, changes told as their tables, losses of the feed and of the bus. */
  private String status() {
    Relay running = relay;
    if (running == null) {
      throw new IllegalStateException("no relay runs");
    }
    RelayStatus status = running.status();
    Work work =
        status.work().orElseThrow(() -> new IllegalStateException("no leader any more: " + status));
    return "%d %d %d"
        .formatted(
            work.sender().messages(),
            work.sender().widened(),
            work.feed().reconnects() + work.sender().reconnects());
  }

  private String stop() throws SQLException {
    Relay running = relay;
    RelaySettings known = settings;
    if (running != null && known != null) {
      relay = null;
      running.close();
      try (Connection connection = known.database().connect()) {
        dropSlot(connection, known.limits().slot());
      }
    }
    return "stopped";
  }

  /** The server may need a moment to see that nobody reads from it any more. */
  private static void dropSlot(Connection connection, String slot) throws SQLException {
    long begin = System.nanoTime();
    while (true) {
      try {
        WalStream.dropSlot(connection, slot);
        return;
      } catch (SQLException e) {
        if (!PSQLState.OBJECT_IN_USE.getState().equals(e.getSQLState())
            || System.nanoTime() - begin > PATIENCE_NANOS) {
          throw e;
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }
}
