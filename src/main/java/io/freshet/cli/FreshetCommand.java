package io.freshet.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of all commands: knows what they have in common. Filled by picocli. */
@Command(
    name = "freshet",
    description = "Keeps caches as fresh as PostgreSQL: looks at what that takes, and at work.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    usageHelpAutoWidth = true,
    sortOptions = false,
    exitCodeListHeading = ExitCode.HEADING,
    exitCodeList = {
      ExitCode.OK_TEXT,
      ExitCode.FOUND_TEXT,
      ExitCode.USAGE_TEXT,
      ExitCode.FAILED_TEXT,
      ExitCode.TIMEOUT_TEXT,
      ExitCode.WARNED_TEXT,
      ExitCode.SIGNAL_TEXT
    })
final class FreshetCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log Freshet's information as well; -vv its details, -vvv everybody's.")
  private boolean[] verbose = new boolean[0];

  @Option(
      names = "--log-format",
      scope = ScopeType.INHERIT,
      defaultValue = "text",
      paramLabel = "<format>",
      description =
          "${COMPLETION-CANDIDATES}: how the log is written to the standard error."
              + " Default: ${DEFAULT-VALUE}.")
  private Logging.Format logFormat = Logging.Format.TEXT;

  Logging.Options logging() {
    return new Logging.Options(verbose.length, logFormat);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Which command? One of " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }

  /** The commands, ready to run. */
  static CommandLine commands(Shell shell) {
    FreshetCommand root = new FreshetCommand();
    CommandLine commands = new CommandLine(root);
    commands.addSubcommand(new DoctorCommand(shell));
    commands.addSubcommand(TrackingCommand.commands(shell));
    commands.addSubcommand(new WatchCommand(shell));
    commands.addSubcommand(new RelayCommand(shell));
    commands.addSubcommand(new BarrierCommand(shell));
    commands.addSubcommand(new EvictCommand(shell));
    commands.addSubcommand(new AuditCommand(shell));
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    // a key may begin with @
    commands.setExpandAtFiles(false);
    commands.setOut(writer(shell.terminal().out()));
    commands.setErr(writer(shell.terminal().err()));
    commands.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            shell.terminal().colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    commands.setExecutionStrategy(
        parsed -> {
          shell.logging().accept(root.logging());
          return new CommandLine.RunLast().execute(parsed);
        });
    Failures failures = new Failures(shell);
    commands.setParameterExceptionHandler(failures);
    commands.setExecutionExceptionHandler(failures);
    return commands;
  }

  private static PrintWriter writer(PrintStream out) {
    return new PrintWriter(out, true, Charset.defaultCharset());
  }
}
