package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetSettings;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.relay.Relay;
import io.freshet.relay.RelayServer;
import io.freshet.relay.RelaySettings;
import io.freshet.relay.RelaySettings.Limits;
import io.freshet.relay.RelaySettings.Source;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet relay}. Filled by picocli. */
@Command(
    name = "relay",
    description = {
      "Listens to PostgreSQL once, and tells every node over a bus. Start two: one leads, the other"
          + " stands by and takes over.",
      "Database and broker may be down or go down: it goes on as soon as it can. Ends by SIGINT or"
          + " SIGTERM, within seconds."
    })
final class RelayCommand implements Callable<Integer> {

  private static final String DEFAULT_PATIENCE = "8s";
  private static final Pattern ADDRESS = Pattern.compile("(?:(.*):)?(\\d{1,5})");
  private static final int MOST_PORT = 65_535;
  private static final long MEBIBYTE = 1 << 20;

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions database = new ConnectionOptions();

  @ArgGroup(exclusive = false, validate = false, heading = BusOptions.HEADING)
  private BusOptions bus = new BusOptions();

  @Option(
      names = "--source",
      defaultValue = "wal",
      paramLabel = "<source>",
      description = {
        "${COMPLETION-CANDIDATES}: how to listen. wal loses nothing while no relay runs, and empties"
            + " no cache when another takes over; it needs wal_level=logical.",
        "Default: ${DEFAULT-VALUE}."
      })
  private FeedKind source = FeedKind.WAL;

  @Option(
      names = "--slot",
      defaultValue = Limits.DEFAULT_SLOT,
      paramLabel = "<name>",
      description =
          "wal: the permanent replication slot, shared by relays that stand by for each other."
              + " Default: ${DEFAULT-VALUE}.")
  private String slot = Limits.DEFAULT_SLOT;

  @Option(
      names = "--slot-warning",
      paramLabel = "<MiB>",
      description =
          "wal: warn when the slot holds back more of the server's log. Default: "
              + (Limits.DEFAULT_SLOT_WARNING_BYTES / MEBIBYTE)
              + ".")
  private long slotWarning = Limits.DEFAULT_SLOT_WARNING_BYTES / MEBIBYTE;

  @Option(
      names = "--max-keys",
      defaultValue = "" + FreshetSettings.DEFAULT_MAX_KEYS,
      paramLabel = "<rows>",
      description =
          "wal: more rows of one table in a transaction are told as the table."
              + " Default: ${DEFAULT-VALUE}.")
  private int maxKeys = FreshetSettings.DEFAULT_MAX_KEYS;

  @Option(
      names = "--patience",
      defaultValue = DEFAULT_PATIENCE,
      converter = Durations.class,
      paramLabel = "<duration>",
      description =
          "How long database or broker may take to answer before the connection counts as dead; at"
              + " least 1s. Default: ${DEFAULT-VALUE}.")
  private Duration patience = RelaySettings.DEFAULT_PATIENCE;

  @Option(
      names = "--http",
      paramLabel = "<[host:]port>",
      description =
          "Serve /health (200 or 503) and /metrics (Prometheus) here; on all addresses unless a host"
              + " is given. Default: nothing is served.")
  private @Nullable String http;

  private final Shell shell;

  RelayCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException {
    InetSocketAddress address = http == null ? null : address(http);
    if (patience.compareTo(Duration.ofSeconds(1)) < 0) {
      throw CliException.usage("--patience is at least 1s");
    }
    BusSettings settings = bus.required(shell.terminal(), shell.secrets());
    BusOptions.open(settings);
    FeedTarget named = database.target(shell.terminal(), shell.secrets());
    FeedTarget target =
        new FeedTarget(
            named.url(), named.user(), named.password(), Duration.ofSeconds(patience.toSeconds()));
    try {
      Limits limits = new Limits(maxKeys, slot, slotWarning * MEBIBYTE);
      run(new RelaySettings(target, Source.valueOf(source.name()), settings, limits), address);
      return ExitCode.OK;
    } catch (FreshetConfigurationException | IllegalArgumentException e) {
      throw new CliException(
          ExitCode.FAILED,
          shell.secrets().without(ConnectionOptions.inOurWords(String.valueOf(e.getMessage()))),
          e);
    }
  }

  private void run(RelaySettings settings, @Nullable InetSocketAddress address) {
    Stop stop = shell.terminal().stop();
    stop.isHeeded();
    try (Relay relay = Relay.start(settings);
        RelayServer server = address == null ? null : RelayServer.start(relay, address)) {
      shell.print(
          "relaying %s from %s to %s%s"
              .formatted(
                  source,
                  settings.database(),
                  settings.bus(),
                  server == null ? "" : ", health on port " + server.port()));
      stop.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static InetSocketAddress address(String text) throws CliException {
    Matcher parts = ADDRESS.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > MOST_PORT) {
      throw CliException.usage(
          "--http %s is not allowed: give a port, or host:port, such as 8080 or 127.0.0.1:8080"
              .formatted(text));
    }
    int port = Integer.parseInt(parts.group(2));
    return parts.group(1) == null
        ? new InetSocketAddress(port)
        : new InetSocketAddress(parts.group(1), port);
  }
}
