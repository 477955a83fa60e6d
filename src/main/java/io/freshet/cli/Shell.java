package io.freshet.cli;

import java.util.function.Consumer;

/**
 * What every command is given. Immutable.
 *
 * @param terminal what it talks to
 * @param secrets what it must not tell
 * @param logging configures the log
 */
record Shell(Terminal terminal, Secrets secrets, Consumer<Logging.Options> logging) {

  void print(String line) {
    terminal.out().println(line);
  }
}
