package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.FreshetSettings;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Gap;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.tracking.Tracking;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet doctor}. Filled by picocli. */
@Command(
    name = "doctor",
    description = {
      "Checks a database, a bus, or both against all that feeds need, and names what mends each"
          + " finding.",
      "Changes nothing. To hear whether LISTEN survives on the way, it sends one NOTIFY on a"
          + " channel of its own; for wal it opens, for a moment, a replication connection."
    })
final class DoctorCommand implements Callable<Integer> {

  private static final String DEFAULT_OLD = "5m";

  /** Which feeds it is asked about. */
  enum Feeds {
    NOTIFY,
    WAL,
    BOTH;

    List<FeedKind> kinds() {
      return switch (this) {
        case NOTIFY -> List.of(FeedKind.NOTIFY);
        case WAL -> List.of(FeedKind.WAL);
        case BOTH -> List.of(FeedKind.values());
      };
    }

    @Override
    public String toString() {
      return ExitCode.typed(this);
    }
  }

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions connection = new ConnectionOptions();

  @ArgGroup(exclusive = false, validate = false, heading = TableSelection.HEADING)
  private TableSelection selection = new TableSelection();

  @ArgGroup(exclusive = false, validate = false, heading = BusOptions.HEADING)
  private BusOptions bus = new BusOptions();

  @Option(
      names = "--feed",
      paramLabel = "<feed>",
      description =
          "${COMPLETION-CANDIDATES}: what is to work. Default: what is installed, else notify.")
  private @Nullable Feeds feeds;

  @Option(
      names = "--old",
      defaultValue = DEFAULT_OLD,
      converter = Durations.class,
      paramLabel = "<duration>",
      description =
          "From what age on open and prepared transactions are findings. Default: ${DEFAULT-VALUE}.")
  private Duration old = Duration.ofMinutes(5);

  @Option(names = "--json", description = "One JSON object instead of lines for people.")
  private boolean json;

  private final Shell shell;

  DoctorCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException {
    selection.requireConsistent();
    Findings findings = new Findings();
    Optional<BusSettings> overBus = bus.settings(shell.terminal(), shell.secrets());
    if (overBus.isPresent()) {
      BusCheck.run(overBus.get(), findings);
    }
    if (overBus.isEmpty() || connection.isNamed(shell.terminal())) {
      examineDatabase(findings);
    }
    findings.print(shell, json);
    return ExitCode.of(findings.worst());
  }

  private void examineDatabase(Findings findings) throws CliException {
    FeedTarget target = connection.target(shell.terminal(), shell.secrets());
    ConnectionOptions.connectedToAny(
        target,
        open -> {
          examine(new Examination(target, open, old, findings));
          return findings;
        });
  }

  private void examine(Examination examination) throws SQLException, CliException {
    Connection open = examination.connection();
    Findings findings = examination.findings();
    List<Gap> unfit = Server.check(open);
    findings.addAll(Severity.ERROR, unfit);
    if (!unfit.isEmpty()) {
      return; // nothing else would make sense
    }
    findings.ok("server", "PostgreSQL " + open.getMetaData().getDatabaseProductVersion());
    List<FeedKind> kinds = kinds(open);
    for (FeedKind kind : kinds) {
      Tracking tracking = kind.tracking(FreshetSettings.DEFAULT_MAX_KEYS);
      Optional<TrackingPlan> chosen = selection.plan(open, examination.target());
      Coverage coverage =
          chosen.isPresent() ? Coverage.resolve(open, chosen.get()) : tracking.everything(open);
      RightsCheck.run(examination, kind, coverage);
      List<Gap> gaps = new ArrayList<>(coverage.gaps());
      gaps.addAll(tracking.validate(open, coverage));
      told(findings, kind, coverage.tables().size(), gaps);
    }
    WayCheck.backend(examination);
    if (kinds.contains(FeedKind.NOTIFY)) {
      findings.addAll(Severity.WARNING, Server.warnings(open));
      WayCheck.listen(examination);
      NotifyCheck.run(examination);
    }
    if (kinds.contains(FeedKind.WAL)) {
      WayCheck.replicate(examination);
      WalCheck.run(examination);
    }
    SlotCheck.run(examination, kinds.contains(FeedKind.WAL));
    TransactionCheck.run(examination);
  }

  private List<FeedKind> kinds(Connection open) throws SQLException {
    if (feeds != null) {
      return feeds.kinds();
    }
    List<FeedKind> installed = new ArrayList<>();
    for (FeedKind kind : FeedKind.values()) {
      if (kind.isInstalled(open)) {
        installed.add(kind);
      }
    }
    return installed.isEmpty() ? List.of(FeedKind.NOTIFY) : installed;
  }

  private static void told(Findings findings, FeedKind kind, int tables, List<Gap> gaps) {
    findings.addAll(Severity.ERROR, gaps);
    if (tables == 0) {
      findings.warning(
          "tracking by " + kind,
          "no table tells of its changes",
          "freshet tracking install --feed %s --tables ...".formatted(kind));
    } else if (gaps.isEmpty()) {
      findings.ok("tracking by " + kind, "%d table(s) tell of their changes".formatted(tables));
    }
  }
}
