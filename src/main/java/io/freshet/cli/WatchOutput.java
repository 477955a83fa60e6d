package io.freshet.cli;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import java.io.PrintStream;
import java.io.StringWriter;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** How {@code watch} prints. Its methods are called by one thread at a time. */
abstract class WatchOutput {

  private final PrintStream out;

  WatchOutput(PrintStream out) {
    this.out = out;
  }

  /** Whether nobody reads any more, as when {@code head} has seen enough. */
  final boolean isClosed() {
    return out.checkError();
  }

  final PrintStream out() {
    return out;
  }

  /** One change set; lagNanos is that of the last barrier, negative before the first. */
  abstract void changes(ChangeSet changes, ChangeText text, long lagNanos);

  /** Something that happened to the feed: {@code begins}, {@code interrupted} and the like. */
  abstract void event(String event, String text);

  /** A barrier has come back. */
  abstract void lag(long nanos, boolean asked);

  /** Cleans up. */
  abstract void end();

  static WatchOutput of(Terminal terminal, boolean json) {
    return json ? new Json(terminal.out()) : new Text(terminal.out(), terminal.interactive());
  }

  /** Lines for people, and below them, on a terminal, how far behind they are. */
  private static final class Text extends WatchOutput {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final String ERASE = "\r\u001b[K";

    private final boolean interactive;
    private String status = "";
    private long sets;

    Text(PrintStream out, boolean interactive) {
      super(out);
      this.interactive = interactive;
    }

    @Override
    void changes(ChangeSet changes, ChangeText text, long lagNanos) {
      sets++;
      for (Change change : changes.changes()) {
        line(text.of(change));
      }
    }

    @Override
    void event(String event, String text) {
      line("-- " + event + ": " + Visible.text(text));
    }

    @Override
    void lag(long nanos, boolean asked) {
      if (interactive) {
        status = "lag %s, %d change sets".formatted(Durations.millis(nanos), sets);
        out().print(ERASE + status);
        out().flush();
      } else if (asked) {
        line("-- lag: " + Durations.millis(nanos));
      }
    }

    @Override
    void end() {
      if (interactive) {
        out().print(ERASE);
        out().flush();
      }
    }

    private void line(String text) {
      String line = TIME.format(LocalTime.now(ZoneId.systemDefault())) + "  " + text;
      if (interactive) {
        out().print(ERASE + line + System.lineSeparator() + status);
      } else {
        out().print(line + System.lineSeparator());
      }
      out().flush();
    }
  }

  /** One object a line. */
  private static final class Json extends WatchOutput {

    private static final JsonFactory JSON = new JsonFactory();

    Json(PrintStream out) {
      super(out);
    }

    @Override
    void changes(ChangeSet changes, ChangeText text, long lagNanos) {
      // one object: who reads change sets skips the fields in front
      print("changes", "", lagNanos, "," + ChangeSetCodec.encode(changes).substring(1));
    }

    @Override
    void event(String event, String text) {
      print(event, text, -1, "}");
    }

    @Override
    void lag(long nanos, boolean asked) {
      if (asked) {
        print("lag", "", nanos, "}");
      }
    }

    @Override
    void end() {}

    private void print(String event, String text, long lagNanos, String rest) {
      StringWriter line = new StringWriter();
      try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
        json.writeStartObject();
        json.writeName("time").writeString(Instant.now().truncatedTo(ChronoUnit.MICROS).toString());
        json.writeName("event").writeString(event);
        if (!text.isEmpty()) {
          json.writeName("text").writeString(text);
        }
        if (lagNanos >= 0) {
          json.writeName("lag_ms").writeNumber(String.format(Locale.ROOT, "%.3f", lagNanos / 1e6));
        }
        json.writeEndObject();
      }
      String head = line.toString();
      out().println(head.substring(0, head.length() - 1) + rest);
      out().flush();
    }
  }
}
