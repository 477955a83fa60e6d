package io.freshet.cli;

import io.freshet.postgres.tracking.Gap;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet tracking check}. */
@Command(
    name = "check",
    description = {
      "Names every gap in what makes the database tell, and the command that mends it.",
      "Without a choice of tables: of all that are tracked."
    })
final class TrackingCheck extends TrackingCommand {

  @Option(names = "--json", description = "One JSON object instead of lines for people.")
  private boolean json;

  TrackingCheck(Shell shell) {
    super(shell);
  }

  @Override
  boolean takesEverything() {
    return true;
  }

  @Override
  int with(Site site) throws SQLException {
    List<Gap> gaps = new ArrayList<>(site.coverage().gaps());
    gaps.addAll(site.tracking().validate(site.connection(), site.coverage()));
    Findings findings = new Findings();
    findings.addAll(Severity.ERROR, gaps);
    if (gaps.isEmpty()) {
      findings.ok(
          feed().toString(),
          "%d table(s) tell of their changes".formatted(site.coverage().tables().size()));
    }
    findings.print(shell(), json);
    return ExitCode.of(findings.worst());
  }
}
