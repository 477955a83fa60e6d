package io.freshet.cli;

import io.freshet.postgres.tracking.Gap;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code freshet tracking install}. */
@Command(
    name = "install",
    description = {
      "Creates what is missing, in one transaction, and says what that was.",
      "Keeps what other applications asked for. A table that is locked for longer than 200 ms is"
          + " left for the next attempt, with everything else."
    })
final class TrackingInstall extends TrackingCommand {

  TrackingInstall(Shell shell) {
    super(shell);
  }

  @Override
  boolean takesEverything() {
    return false;
  }

  @Override
  int with(Site site) throws SQLException {
    List<Gap> before = site.tracking().validate(site.connection(), site.coverage());
    List<Gap> refused = site.tracking().install(site.connection(), site.coverage());
    List<Gap> after = site.tracking().validate(site.connection(), site.coverage());
    Findings findings = new Findings();
    before.stream()
        .filter(gap -> after.stream().noneMatch(left -> left.subject().equals(gap.subject())))
        .forEach(gap -> findings.ok(gap.subject(), "mended: " + gap.problem()));
    List<Gap> left = new ArrayList<>(site.coverage().gaps());
    left.addAll(refused);
    // what was refused is known with its reason
    after.stream()
        .filter(gap -> refused.stream().noneMatch(one -> sameSubject(one, gap)))
        .forEach(left::add);
    findings.addAll(Severity.ERROR, left);
    if (left.isEmpty()) {
      findings.ok(
          feed().toString(),
          "%d table(s) tell of their changes%s"
              .formatted(
                  site.coverage().tables().size(),
                  before.isEmpty() ? "; nothing was missing" : ""));
    }
    findings.print(shell(), false);
    return ExitCode.of(findings.worst());
  }

  /** One is qualified where it has to be, the other always. */
  private static boolean sameSubject(Gap a, Gap b) {
    return a.subject().replace("\"", "").equals(b.subject().replace("\"", ""));
  }
}
