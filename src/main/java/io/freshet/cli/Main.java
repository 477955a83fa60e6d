package io.freshet.cli;

import java.util.Arrays;
import java.util.Locale;

/** The command line: {@code java -jar freshet-<version>-cli.jar COMMAND}. */
public final class Main {

  private Main() {}

  /** Runs one command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    Logging.configure(Logging.Options.DEFAULT);
    Stop stop = new Stop();
    Runtime.getRuntime().addShutdownHook(new Thread(stop::requestAndAwaitEnd, "freshet-stop"));
    int status = ExitCode.FAILED;
    try {
      status = run(new Shell(Terminal.ofProcess(stop), new Secrets(), Logging::configure), args);
    } finally {
      stop.ended();
    }
    System.exit(status);
  }

  /** Runs one command and returns its exit status. */
  static int run(Shell shell, String... args) {
    if (Arrays.stream(args).anyMatch(Main::isPassword)) {
      // before anything is parsed: messages about it would repeat it
      shell
          .terminal()
          .warn(
              "a password is no option, since everybody on this machine can read the arguments of"
                  + " a process: set %s, or give --password-file, or use ~/.pgpass"
                      .formatted(ConnectionOptions.ENV_PASSWORD));
      return ExitCode.USAGE;
    }
    int status = FreshetCommand.commands(shell).execute(args);
    shell.terminal().out().flush();
    return status;
  }

  private static boolean isPassword(String arg) {
    String folded = arg.toLowerCase(Locale.ROOT);
    return folded.startsWith("--pass") && !folded.startsWith("--password-file");
  }
}
