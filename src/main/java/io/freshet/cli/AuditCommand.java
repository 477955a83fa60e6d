package io.freshet.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet audit}. Filled by picocli. */
@Command(
    name = "audit",
    description = {
      "Has a running application compare what it has cached with the database, and prints what it"
          + " found: an entry is stale if it differs although its change was delivered.",
      "Or compares the rows of an earlier report with the database as it is now (--keys).",
      "Exits with "
          + ExitCode.FOUND
          + " if something differs, with "
          + ExitCode.FAILED
          + " or "
          + ExitCode.TIMEOUT
          + " if something could not be compared."
    })
final class AuditCommand implements Callable<Integer> {

  @ArgGroup(exclusive = true, multiplicity = "1", heading = "%nWhat to audit:%n")
  private Source source = new Source();

  @Option(
      names = "--name",
      paramLabel = "<name>",
      description = "The session factory's name, or its id, where the application has several.")
  private @Nullable String name;

  @Option(names = "--json", description = "Print JSON: the report, or one object for each row.")
  private boolean json;

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions connection = new ConnectionOptions();

  private final Shell shell;

  /** One of three. */
  static final class Source {

    @Option(
        names = "--pid",
        paramLabel = "<pid>",
        description = "The application's process on this machine, run by the same user.")
    private @Nullable Long pid;

    @Option(
        names = "--jmx",
        paramLabel = "<service-url>",
        description = {
          "The application's JMX connector, such as",
          "service:jmx:rmi:///jndi/rmi://app.example.org:9010/jmxrmi."
        })
    private @Nullable String jmx;

    @Option(
        names = "--keys",
        paramLabel = "<file>",
        description = {
          "What --json has printed before, from a file, or from the standard input (-).",
          "Wants a database."
        })
    private @Nullable Path keys;
  }

  AuditCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException {
    if (source.keys != null) {
      return new AuditReplay(shell, json)
          .run(source.keys, connection.target(shell.terminal(), shell.secrets()));
    }
    String report;
    try (RunningNode node =
        source.pid != null
            ? RunningNode.ofProcess(source.pid)
            : RunningNode.at(String.valueOf(source.jmx), shell.terminal().env())) {
      report = node.audit(Optional.ofNullable(name));
    }
    Map<String, @Nullable Object> read = Json.object(report);
    if (json) {
      shell.print(report);
    } else {
      AuditText.lines(read).forEach(shell::print);
    }
    boolean found =
        !AuditText.findings(read, "stale").isEmpty()
            || !AuditText.findings(read, "unproven").isEmpty();
    return found ? ExitCode.FOUND : undecided(read);
  }

  /** Where nothing could be compared, nothing is shown. */
  private static int undecided(Map<String, @Nullable Object> report) {
    Set<?> reasons =
        report.get("not_compared") instanceof Map<?, ?> counts ? counts.keySet() : Set.of();
    if (reasons.contains("failed")) {
      return ExitCode.FAILED;
    }
    return reasons.contains("no_barrier") ? ExitCode.TIMEOUT : ExitCode.OK;
  }
}
