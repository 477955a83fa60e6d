package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.FreshetSettings;
import io.freshet.change.ChangeFeed;
import io.freshet.fanout.BusFeed;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.feed.PostgresFeed;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Gap;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.tracking.Tracking;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where a command listens: to a database, or to a bus. Filled by picocli; for one thread. */
final class FeedOptions {

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions database = new ConnectionOptions();

  @ArgGroup(exclusive = false, validate = false, heading = BusOptions.HEADING)
  private BusOptions bus = new BusOptions();

  @Option(names = "--feed", paramLabel = "<feed>", description = FeedKind.CHOICE)
  private @Nullable FeedKind feed;

  @Option(
      names = "--max-keys",
      defaultValue = "" + FreshetSettings.DEFAULT_MAX_KEYS,
      paramLabel = "<rows>",
      description =
          "wal: more rows of one table in a transaction are told as the table."
              + " Default: ${DEFAULT-VALUE}.")
  private int maxKeys = FreshetSettings.DEFAULT_MAX_KEYS;

  /**
   * A feed that is ready to start.
   *
   * @param kind how it is told
   * @param gaps what keeps it from delivering as things are
   */
  record Prepared(String kind, List<Gap> gaps, ChangeFeed feed) {}

  /** Looks at a database before anything listens to it. */
  @FunctionalInterface
  interface Look {
    void at(Connection connection) throws SQLException, CliException;
  }

  /**
   * Chooses how to listen.
   *
   * @param look what else is to be asked of the database; not called with a bus
   * @param resolved told of the tables before each beginning; not called with a bus
   * @throws CliException if the database cannot be reached, or nothing is tracked in it
   */
  Prepared prepare(Shell shell, Look look, Consumer<Coverage> resolved) throws CliException {
    if (maxKeys < 1) {
      throw CliException.usage("--max-keys %d is not allowed: give 1 or more".formatted(maxKeys));
    }
    Optional<BusSettings> overBus = overBus(shell);
    if (overBus.isPresent()) {
      BusFeed followed = BusOptions.feed(BusOptions.open(overBus.get()), tables -> {});
      return new Prepared(overBus.get().broker().setting(), List.of(), followed);
    }
    FeedTarget target = database.target(shell.terminal(), shell.secrets());
    return ConnectionOptions.connected(
        target,
        connection -> {
          List<Gap> unfit = Server.check(connection);
          if (!unfit.isEmpty()) {
            throw new CliException(
                ExitCode.FAILED, ConnectionOptions.inOurWords(unfit.get(0).toString()));
          }
          FeedKind kind = kind(connection);
          look.at(connection);
          Tracking tracking = kind.tracking(maxKeys);
          PostgresFeed.Tracked tracked = PostgresFeed.Tracked.everything(tracking);
          List<Gap> gaps = tracking.validate(connection, tracked.coverage(connection));
          return new Prepared(
              kind.toString(),
              gaps,
              kind.open(new PostgresFeed.Plan(target, tracked, resolved), maxKeys));
        });
  }

  /** The bus to listen to; empty if it is the database. */
  Optional<BusSettings> overBus(Shell shell) throws CliException {
    // a database that is named on the command line wins over a bus of the environment
    return database.isGiven() && !bus.isGiven()
        ? Optional.empty()
        : bus.settings(shell.terminal(), shell.secrets());
  }

  private FeedKind kind(Connection connection) throws SQLException, CliException {
    Optional<FeedKind> kind = feed == null ? FeedKind.installed(connection) : Optional.of(feed);
    if (kind.isEmpty() || !kind.get().isInstalled(connection)) {
      throw FeedKind.nothingInstalled();
    }
    return kind.get();
  }
}
