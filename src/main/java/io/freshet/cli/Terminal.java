package io.freshet.cli;

import java.io.Console;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;

/**
 * What a command talks to. Immutable.
 *
 * @param out for results, and nothing else
 * @param err for everything else
 * @param env the environment
 * @param interactive whether somebody looks at {@code out}, and can type
 * @param stop the wish to end
 */
record Terminal(
    PrintStream out, PrintStream err, Map<String, String> env, boolean interactive, Stop stop) {

  /** This process's own. */
  static Terminal ofProcess(Stop stop) {
    Map<String, String> env = System.getenv();
    return new Terminal(
        System.out, System.err, env, isInteractive() && !"dumb".equals(env.get("TERM")), stop);
  }

  /** Whether text may be coloured: see no-color.org. */
  boolean colours() {
    return interactive && env.getOrDefault("NO_COLOR", "").isEmpty();
  }

  void warn(String text) {
    err.println("freshet: " + text);
  }

  @SuppressWarnings("SystemConsoleNull") // null up to JDK 21; later ones are asked
  private static boolean isInteractive() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return Objects.equals(true, Console.class.getMethod("isTerminal").invoke(console));
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
