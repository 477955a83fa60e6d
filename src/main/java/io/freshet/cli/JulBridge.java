package io.freshet.cli;

import java.util.Objects;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** Brings what the driver says by java.util.logging into the one log. Thread-safe. */
final class JulBridge extends Handler {

  private final Formatter formatter = new SimpleFormatter();

  private JulBridge() {}

  /** Takes the place of every handler of this process. */
  static void install() {
    LogManager.getLogManager().reset();
    java.util.logging.Logger.getLogger("").addHandler(new JulBridge());
  }

  @Override
  public void publish(LogRecord said) {
    LoggerFactory.getLogger(Objects.requireNonNullElse(said.getLoggerName(), "java.util.logging"))
        .atLevel(level(said.getLevel()))
        .setCause(said.getThrown())
        .log(formatter.formatMessage(said));
  }

  private static org.slf4j.event.Level level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return org.slf4j.event.Level.ERROR;
    } else if (level.intValue() >= Level.WARNING.intValue()) {
      return org.slf4j.event.Level.WARN;
    } else if (level.intValue() >= Level.INFO.intValue()) {
      return org.slf4j.event.Level.INFO;
    }
    return org.slf4j.event.Level.DEBUG;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
