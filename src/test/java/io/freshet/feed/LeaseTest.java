package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.feed.Shelf.Item;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.TestDatabase;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A process that was stopped for longer than its lease knows nothing any more when it wakes. */
class LeaseTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.DIRECT;

  /** A node in a process of its own: for each line that it reads it reads the row. */
  static final class Sleeper {
    private Sleeper() {}

    public static void main(String[] arguments) throws IOException {
      try (SessionFactoryImplementor factory =
              FaultyNode.settings(arguments[0], arguments[1])
                  .with("freshet.tracking", "validate")
                  .build(Shelf.class, Item.class);
          BufferedReader commands =
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
        while (commands.readLine() != null) {
          int price = factory.fromTransaction(session -> session.find(Item.class, 1L).price);
          boolean served = factory.getCache().containsEntity(Item.class, 1L);
          boolean open = Freshet.of(factory).status().feed().orElseThrow().open();
          System.out.println("price " + price + " " + (served && open ? "cached" : "read"));
        }
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void processStoppedForLongerThanTheLease_firstReadAfterWakingIsFresh(String feed)
      throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      FaultyNode.on(database.url(), feed).close();
      Process sleeper =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Sleeper.class.getName(),
                  database.url(),
                  feed)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader answers = sleeper.inputReader(StandardCharsets.UTF_8);
          BufferedWriter commands = sleeper.outputWriter(StandardCharsets.UTF_8)) {
        database.execute("update item set price = 41 where id = 1");
        awaitThat(() -> ask(commands, answers).equals("price 41 cached"));

        PrivateServer.signal("STOP", String.valueOf(sleeper.pid()));
        long stopped = System.nanoTime();
        database.execute("update item set price = 42 where id = 1");
        // by the time it wakes, its first work is waiting
        send(commands);
        awaitThat(() -> System.nanoTime() - stopped > 2 * FaultyNode.BOUND.toNanos());
        PrivateServer.signal("CONT", String.valueOf(sleeper.pid()));

        assertThat(answer(answers)).startsWith("price 42");
        awaitThat(() -> ask(commands, answers).equals("price 42 cached"));
      } finally {
        sleeper.destroyForcibly().waitFor();
      }
    }
  }

  private static String ask(BufferedWriter commands, BufferedReader answers) throws IOException {
    send(commands);
    return answer(answers);
  }

  private static void send(BufferedWriter commands) throws IOException {
    commands.write("read\n");
    commands.flush();
  }

  private static String answer(BufferedReader answers) throws IOException {
    while (true) {
      String line = answers.readLine();
      if (line == null) {
        throw new IOException("the process has ended");
      }
      if (line.startsWith("price ")) {
        return line;
      }
    }
  }
}
