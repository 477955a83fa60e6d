package io.freshet.cli;

import io.freshet.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Runs commands in this JVM, as the command line would. */
final class Commands {

  private static final JsonFactory JSON = new JsonFactory();

  private Commands() {}

  /** What a command left behind. */
  record Ended(int status, String out, String err) {
    String all() {
      return out + err;
    }

    Map<String, Object> json() {
      return Commands.json(out);
    }
  }

  static Ended run(TestDatabase database, String... args) {
    return run(Map.of(ConnectionOptions.ENV_URL, database.url()), args);
  }

  static Ended run(Map<String, String> env, String... args) {
    Started started = new Started(env, args);
    return started.end();
  }

  static Started start(TestDatabase database, String... args) {
    return new Started(Map.of(ConnectionOptions.ENV_URL, database.url()), args);
  }

  /** A command that runs on a thread of its own, until it has enough or is stopped. */
  static final class Started implements AutoCloseable {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Stop stop = new Stop();
    private final CompletableFuture<Integer> status;

    Started(Map<String, String> env, String... args) {
      Terminal terminal =
          new Terminal(
              new PrintStream(out, true, StandardCharsets.UTF_8),
              new PrintStream(err, true, StandardCharsets.UTF_8),
              env,
              false,
              stop);
      Shell shell = new Shell(terminal, new Secrets(), options -> {});
      status = CompletableFuture.supplyAsync(() -> Main.run(shell, args));
    }

    String out() {
      return out.toString(StandardCharsets.UTF_8);
    }

    List<String> lines() {
      return out().lines().toList();
    }

    void awaitOut(String text) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                if (status.isDone() && !out().contains(text)) {
                  throw new IllegalStateException("it has ended: " + end());
                }
                return out().contains(text);
              });
    }

    Ended stop() {
      stop.request();
      return end();
    }

    /** What it left behind when it has ended by itself. */
    Ended end() {
      try {
        int code = status.get(60, TimeUnit.SECONDS);
        return new Ended(code, out(), err.toString(StandardCharsets.UTF_8));
      } catch (Exception e) {
        throw new IllegalStateException(out() + err.toString(StandardCharsets.UTF_8), e);
      }
    }

    @Override
    public void close() {
      stop();
    }
  }

  /** One JSON object. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> json(String text) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      return (Map<String, Object>) value(parser);
    }
  }

  private static Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          object.put(name, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Object> array = new java.util.ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      default -> parser.getString();
    };
  }
}
