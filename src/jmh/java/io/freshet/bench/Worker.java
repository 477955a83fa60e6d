package io.freshet.bench;

import io.freshet.testing.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The process of one variant. Commands come by standard input, a line each, and are answered by a
 * line each on standard output; whatever logs writes to standard error. It ends with its input.
 * Used by one thread. {@link WorkerProcess} is the other side.
 */
final class Worker implements AutoCloseable {

  /** Begins each answer: the JVM may have something to say on standard output too. */
  static final String ANSWER = "answer: ";

  static final String TASK = "task";
  static final String VARIANT = "variant";
  static final String URL = "url";
  static final String REDIS = "redis";
  static final String FAILED = "failed";

  private static final int MOST_OF_A_CAUSE = 160;

  private @Nullable Task task;

  Worker() {}

  /** What a worker can be opened for. */
  enum Kind {
    PEERS,
    BULK,
    SHOP,
    GROWTH
  }

  /** Obeys until the input ends. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err);
    Program.quieten();
    try (Worker worker = new Worker();
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(ANSWER + worker.answer(Words.read(line)));
        out.flush();
      }
    }
    System.exit(0);
  }

  /** The first command opens the task, and answers with nothing or why it does not run. */
  @SuppressWarnings("CatchingUnchecked") // whatever a peer throws is its result
  Words answer(Words command) {
    try {
      Task known = task;
      if (known == null) {
        task = open(command);
        return Words.of();
      }
      return known.turn(command);
    } catch (Exception | LinkageError e) {
      if (Boolean.getBoolean("bench.trace")) {
        e.printStackTrace();
      }
      return Words.of().with(FAILED, firstLine(e));
    }
  }

  private static Task open(Words command) throws Exception {
    return switch (Kind.valueOf(command.text(TASK).toUpperCase(Locale.ROOT))) {
      case PEERS -> new PeersTask(command);
      case BULK -> new BulkTask(command);
      case SHOP -> new ShopTask(command);
      case GROWTH -> new GrowthTask(command);
    };
  }

  /** Of the innermost cause: the outer ones are Hibernate's. */
  private static String firstLine(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String text = cause.toString().lines().findFirst().orElse("");
    return text.length() <= MOST_OF_A_CAUSE ? text : text.substring(0, MOST_OF_A_CAUSE) + "...";
  }

  @Override
  public void close() {
    Task known = task;
    if (known != null) {
      known.close();
    }
  }
}
