package io.freshet.cli;

import io.freshet.FreshetConfigurationException;
import java.sql.SQLException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong, without passwords, and what the exit status is. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private final Shell shell;

  Failures(Shell shell) {
    this.shell = shell;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    CommandLine command = wrong.getCommandLine();
    say(Objects.toString(wrong.getMessage()));
    UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
    shell
        .terminal()
        .err()
        .println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    LOG.debug("The command failed", failure);
    if (failure instanceof CliException told) {
      say(Objects.toString(told.getMessage()));
      return told.exitCode();
    }
    String message = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    say(
        failure instanceof SQLException || failure instanceof FreshetConfigurationException
            ? message
            : failure.getClass().getSimpleName() + ": " + message + " (-vv shows where)");
    return ExitCode.FAILED;
  }

  private void say(String message) {
    shell.terminal().warn(shell.secrets().without(message));
  }
}
