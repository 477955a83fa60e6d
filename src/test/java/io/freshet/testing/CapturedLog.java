package io.freshet.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What a logger logs while this is open, instead of its way to the console. */
public final class CapturedLog implements AutoCloseable {

  private final Logger logger;
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  private CapturedLog(Logger logger) {
    this.logger = logger;
    logger.setAdditive(false);
    logger.addAppender(appender);
    appender.start();
  }

  /** Captures the logger of a class. */
  public static CapturedLog of(Class<?> type) {
    return of(type.getName());
  }

  /** Captures a logger by name, with those below it. */
  public static CapturedLog of(String name) {
    return new CapturedLog((Logger) LoggerFactory.getLogger(name));
  }

  /** The logger itself. */
  public Logger logger() {
    return logger;
  }

  /** What was logged so far. */
  public List<ILoggingEvent> events() {
    return List.copyOf(appender.list);
  }

  /** What was logged so far: level and text. */
  public List<String> lines() {
    return events().stream().map(e -> e.getLevel() + " " + e.getFormattedMessage()).toList();
  }

  /** The ids of what was logged so far. */
  public List<String> ids() {
    return events().stream().map(e -> e.getFormattedMessage().substring(0, 11)).toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
  }
}
