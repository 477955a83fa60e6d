package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Closing the session factory ends the feed, whatever state it is in, and leaves nothing. */
class FeedCloseTest {

  /** What the network does when the factory is closed. */
  enum State {
    CONNECTED,
    REFUSED,
    FROZEN;

    private void of(Wire wire) {
      if (this == REFUSED) {
        wire.refuse();
      } else if (this == FROZEN) {
        wire.freeze();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "notify,CONNECTED",
    "notify,REFUSED",
    "notify,FROZEN",
    "wal,CONNECTED",
    "wal,REFUSED",
    "wal,FROZEN"
  })
  void factoryClosed_leavesNoThreadAndNoConnection(String feed, State state) throws Exception {
    List<Thread> before = Refusal.feedThreads();
    try (TestDatabase database = TestDatabase.create();
        Wire wire = Wire.to(port(database))) {
      FaultyNode node =
          FaultyNode.on(
              database.url(), feed, s -> s.with("freshet.feed.url", wire.through(database.url())));
      assertThat(Refusal.feedThreads()).hasSizeGreaterThan(before.size());
      state.of(wire);
      if (state != State.CONNECTED) {
        awaitThat(() -> node.feed().counts().reconnects() > 0);
      }

      CompletableFuture.runAsync(node::close).get(20, TimeUnit.SECONDS);

      awaitThat(() -> before.containsAll(Refusal.feedThreads()));
      wire.thaw();
      awaitThat(() -> wire.connections() == 0);
      awaitThat(() -> Refusal.connections(database.url()).isEmpty());
    }
  }

  private static int port(TestDatabase database) {
    return Integer.parseInt(database.url().replaceFirst(".*?//[^:]*:([0-9]+)/.*", "$1"));
  }
}
