package io.freshet.cli;

import java.util.Locale;

/** What the process's exit status says. Constants, since annotations hold them. */
final class ExitCode {

  static final int OK = 0;
  static final int FOUND = 1;
  static final int USAGE = 2;
  static final int FAILED = 3;
  static final int TIMEOUT = 4;
  static final int WARNED = 5;

  static final String HEADING = "%nExit status:%n";
  static final String OK_TEXT = OK + ":done, and nothing is wrong";
  static final String FOUND_TEXT =
      FOUND + ":changes go untold, or a cache differs from the database";
  static final String USAGE_TEXT = USAGE + ":the command line is wrong";
  static final String FAILED_TEXT = FAILED + ":the database or bus cannot be reached, or refused";
  static final String TIMEOUT_TEXT = TIMEOUT + ":no answer in time";
  static final String WARNED_TEXT = WARNED + ":warnings, but no errors";
  static final String SIGNAL_TEXT = "130, 143:ended in good order by SIGINT, SIGTERM";

  private ExitCode() {}

  static int of(Severity worst) {
    return switch (worst) {
      case OK, INFO -> OK;
      case WARNING -> WARNED;
      case ERROR -> FOUND;
    };
  }

  /** An enum's constant as it is typed on the command line. */
  static String typed(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
