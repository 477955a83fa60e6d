package io.freshet.cli;

import io.freshet.FreshetSettings;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Gap;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.tracking.Tracking;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the four commands of {@code freshet tracking} have in common. Filled by picocli. */
abstract class TrackingCommand implements Callable<Integer> {

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions connection = new ConnectionOptions();

  @ArgGroup(exclusive = false, validate = false, heading = TableSelection.HEADING)
  private TableSelection selection = new TableSelection();

  @Option(
      names = "--feed",
      defaultValue = "notify",
      paramLabel = "<feed>",
      description =
          "${COMPLETION-CANDIDATES}: triggers, or a publication. Default: ${DEFAULT-VALUE}.")
  private FeedKind feed = FeedKind.NOTIFY;

  @Option(
      names = "--max-keys",
      defaultValue = "" + FreshetSettings.DEFAULT_MAX_KEYS,
      paramLabel = "<rows>",
      description =
          "A statement that changes more rows of a table is told as a change of the table, by"
              + " triggers. Default: ${DEFAULT-VALUE}.")
  private int maxKeys = FreshetSettings.DEFAULT_MAX_KEYS;

  private final Shell shell;

  TrackingCommand(Shell shell) {
    this.shell = shell;
  }

  /** {@code freshet tracking} with its commands. */
  static CommandLine commands(Shell shell) {
    return new CommandLine(new Parent())
        .addSubcommand(new TrackingPrint(shell))
        .addSubcommand(new TrackingInstall(shell))
        .addSubcommand(new TrackingCheck(shell))
        .addSubcommand(new TrackingRemove(shell));
  }

  /** Only a name. */
  @Command(
      name = "tracking",
      description = "What makes a database tell of changes: prints, installs, checks, removes it.",
      synopsisSubcommandLabel = "COMMAND")
  static final class Parent implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw new ParameterException(
          spec.commandLine(), "Which command? One of print, install, check, remove");
    }
  }

  /**
   * A look at a database.
   *
   * @param connection to it
   * @param tracking the way of telling
   * @param coverage the chosen tables
   */
  record Site(Connection connection, Tracking tracking, Coverage coverage) {}

  @Override
  public final Integer call() throws CliException {
    if (maxKeys < 1) {
      throw CliException.usage("--max-keys %d is not allowed: give 1 or more".formatted(maxKeys));
    }
    FeedTarget target = connection.target(shell.terminal(), shell.secrets());
    selection.requireConsistent();
    return ConnectionOptions.connected(
        target,
        open -> {
          List<Gap> unfit = Server.check(open);
          if (!unfit.isEmpty()) {
            throw new CliException(
                ExitCode.FOUND, ConnectionOptions.inOurWords(unfit.get(0).toString()));
          }
          Tracking tracking = feed.tracking(maxKeys);
          return with(new Site(open, tracking, coverage(open, tracking, target)));
        });
  }

  private Coverage coverage(Connection open, Tracking tracking, FeedTarget target)
      throws SQLException, CliException {
    Optional<TrackingPlan> plan = selection.plan(open, target);
    if (plan.isEmpty()) {
      if (takesEverything()) {
        return tracking.everything(open);
      }
      throw CliException.usage(
          "Which tables? Give --tables product,shop.customer, or --persistence-unit with"
              + " --class-path");
    }
    if (plan.get().tables().isEmpty() && plan.get().mentions().isEmpty()) {
      throw new CliException(ExitCode.FOUND, "nothing is cached there that depends on a table");
    }
    return Coverage.resolve(open, plan.get());
  }

  /** Whether no choice of tables means all that are tracked. */
  abstract boolean takesEverything();

  abstract int with(Site site) throws SQLException, CliException;

  final Shell shell() {
    return shell;
  }

  final FeedKind feed() {
    return feed;
  }
}
