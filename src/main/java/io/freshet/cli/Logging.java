package io.freshet.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.LoggerFactory;

/**
 * The command line's log, on the standard error. Configured by code: a configuration in the
 * library's jar would change the log of applications. Stateless.
 */
final class Logging {

  private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{20} - %msg%n%ex{short}";
  private static final String VERBOSE_PATTERN =
      "%d{HH:mm:ss.SSS} %-5level [%thread] %logger{30} - %msg%n";

  /** How lines are written. */
  enum Format {
    /** For people. */
    TEXT,
    /** One JSON object a line, as logback's JsonEncoder writes it. */
    JSON;

    @Override
    public String toString() {
      return ExitCode.typed(this);
    }
  }

  /**
   * What is logged.
   *
   * @param verbosity 0 for warnings, 1 for Freshet's information as well, 2 for its details, 3 for
   *     everybody's information
   * @param format how lines are written
   */
  record Options(int verbosity, Format format) {
    static final Options DEFAULT = new Options(0, Format.TEXT);

    Level freshet() {
      return switch (verbosity) {
        case 0 -> Level.WARN;
        case 1 -> Level.INFO;
        default -> Level.DEBUG;
      };
    }

    Level others() {
      return verbosity < 3 ? Level.WARN : Level.INFO;
    }
  }

  private Logging() {}

  /** Configures this process's log. */
  static void configure(Options options) {
    // Hibernate's own facade would look for log4j first
    System.setProperty("org.jboss.logging.provider", "slf4j");
    JulBridge.install();
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      configure(context, System.err, options);
    }
  }

  static void configure(LoggerContext context, OutputStream err, Options options) {
    context.reset();
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setEncoder(encoder(context, options));
    appender.setOutputStream(new StaysOpen(err));
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(options.others());
    root.addAppender(appender);
    context.getLogger("io.freshet").setLevel(options.freshet());
    // one connection for the time of a look at a mapping is all that is wanted of it
    context
        .getLogger("org.hibernate.orm.connections.pooling")
        .setLevel(options.verbosity() < 3 ? Level.ERROR : Level.INFO);
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, Options options) {
    if (options.format() == Format.JSON) {
      JsonEncoder json = new JsonEncoder();
      json.setContext(context);
      json.setWithFormattedMessage(true);
      json.setWithContext(false);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(options.verbosity() > 1 ? VERBOSE_PATTERN : PATTERN);
    text.start();
    return text;
  }

  /** An appender closes its stream when the log is configured anew. */
  private static final class StaysOpen extends FilterOutputStream {
    StaysOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
