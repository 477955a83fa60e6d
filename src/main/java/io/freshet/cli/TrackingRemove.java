package io.freshet.cli;

import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Gap;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet tracking remove}. */
@Command(
    name = "remove",
    description = {
      "Ends that tables tell of their changes. Feeds that need them stop delivering.",
      "Without --yes it only says which tables that would be. Schema freshet stays."
    })
final class TrackingRemove extends TrackingCommand {

  @Option(names = "--all", description = "All tables that are tracked.")
  private boolean all;

  @Option(names = "--yes", description = "Really do it.")
  private boolean yes;

  TrackingRemove(Shell shell) {
    super(shell);
  }

  @Override
  boolean takesEverything() {
    return all;
  }

  @Override
  int with(Site site) throws SQLException, CliException {
    List<Coverage.Table> tracked = tracked(site);
    if (tracked.isEmpty()) {
      shell().terminal().warn("none of these tables is tracked: nothing to remove");
      return ExitCode.OK;
    }
    if (!yes) {
      tracked.forEach(table -> shell().print(Visible.text(SqlText.qualified(table.name()))));
      throw CliException.usage("nothing was removed: give --yes to end the tracking of these");
    }
    List<Gap> left = site.tracking().remove(site.connection(), site.coverage());
    Set<Long> still = tracked(site).stream().map(Coverage.Table::oid).collect(Collectors.toSet());
    Findings findings = new Findings();
    tracked.stream()
        .filter(table -> !still.contains(table.oid()))
        .forEach(table -> findings.ok(SqlText.qualified(table.name()), "no longer tells"));
    findings.addAll(still.isEmpty() ? Severity.WARNING : Severity.ERROR, left);
    findings.print(shell(), false);
    return ExitCode.of(findings.worst());
  }

  /** Those of the chosen tables that tell of their changes. */
  private static List<Coverage.Table> tracked(Site site) throws SQLException {
    Set<Long> everything =
        site.tracking().everything(site.connection()).tables().stream()
            .map(Coverage.Table::oid)
            .collect(Collectors.toSet());
    return site.coverage().tables().stream()
        .filter(table -> everything.contains(table.oid()))
        .toList();
  }
}
