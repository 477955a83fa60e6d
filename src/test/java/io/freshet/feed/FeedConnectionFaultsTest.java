package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.feed.FaultyNode.Backend;
import io.freshet.testing.PrivateServer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The connections of a feed break, or fall silent: the application goes on, no hit is older than
 * the bound, and the feed comes back.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeedConnectionFaultsTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.DIRECT;

  private PrivateServer server;

  @BeforeAll
  void start() {
    server = PrivateServer.start();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"notify,LISTENER", "notify,SIDE", "wal,SENDER", "wal,SIDE"})
  void backendTerminated_theFeedReconnects(String feed, Backend which) {
    try (FaultyNode node = FaultyNode.on(server.database(), feed)) {
      node.note();

      node.ask("select pg_terminate_backend(" + node.backend(which) + ")");

      awaitThat(() -> node.feed().counts().reconnects() > 0);
      int price = node.changeOutside();
      awaitThat(() -> node.price() == price);
      node.awaitHealed();
      node.requireReconnected();
      assertThat(node.logged("FRESHET-040"))
          .anySatisfy(line -> assertThat(line).contains("127.0.0.1:" + server.port()));
    }
  }

  @ParameterizedTest
  @CsvSource({"notify,LISTENER", "notify,SIDE", "wal,SENDER", "wal,SIDE"})
  void backendFrozen_itsConnectionIsCut_andTheFeedReconnects(String feed, Backend which) {
    // it takes several leases to cut it: time enough for what is done until then
    try (FaultyNode node =
        FaultyNode.on(server.database(), feed, s -> s.with("freshet.max_staleness", "1s"))) {
      node.note();
      String pid = node.backend(which);

      PrivateServer.signal("STOP", pid);
      try {
        node.requireFreshWhileBroken();
        // with the frozen one still there
        node.awaitHealed();
        node.requireReconnected();
        assertThat(node.logged("FRESHET-040").get(0))
            .containsAnyOf("has not come back", "No answer in time", "does not answer");
      } finally {
        PrivateServer.signal("CONT", pid);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void networkFrozen_theFeedWaitsForItsReturn(String feed) {
    String url = server.database();
    try (Wire wire = Wire.to(server.port());
        FaultyNode node =
            FaultyNode.on(url, feed, s -> s.with("freshet.feed.url", wire.through(url)))) {
      node.note();

      wire.freeze();

      node.requireFreshWhileBroken();
      int healed = node.logged("FRESHET-041").size();
      awaitThat(() -> node.feed().counts().reconnects() > 0);
      node.requireFreshWhileBroken();
      assertThat(node.logged("FRESHET-041")).hasSize(healed);
      wire.thaw();
      node.awaitHealed();
      node.requireReconnected();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void networkFrozenForAMoment_nothingIsLost(String feed) {
    String url = server.database();
    try (Wire wire = Wire.to(server.port());
        FaultyNode node =
            FaultyNode.on(url, feed, s -> s.with("freshet.feed.url", wire.through(url)))) {
      node.note();

      wire.freeze();
      node.awaitClosed();
      awaitThat(() -> !node.logged("FRESHET-042").isEmpty());
      int price = node.changeOutside();
      wire.thaw();

      awaitThat(() -> node.feed().open());
      // a barrier that was under way may have come before the change
      awaitThat(() -> node.price() == price);
      awaitThat(
          () -> node.log.ids().lastIndexOf("FRESHET-041") > node.log.ids().indexOf("FRESHET-042"));
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void connectionsCut_thenRefused_theFeedComesBackOnceTheyAreAccepted(String feed) {
    String url = server.database();
    try (Wire wire = Wire.to(server.port());
        FaultyNode node =
            FaultyNode.on(url, feed, s -> s.with("freshet.feed.url", wire.through(url)))) {
      node.note();
      wire.cut();
      awaitThat(() -> node.feed().counts().resets() >= 2);
      node.awaitHealed();
      node.requireReconnected();

      node.note();
      wire.refuse();
      node.requireFreshWhileBroken();
      awaitThat(() -> node.feed().reason().contains("Nothing accepts connections there"));
      wire.accept();

      node.awaitHealed();
      node.requireReconnected();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "notify | select pg_notify('freshet', 'garbage')",
        "notify | select pg_notify('freshet', '')",
        "notify | select pg_notify('freshet', '{\"v\":99}')"
      })
  void notificationThatIsNoChangeSet_theFeedBeginsAnew(String feed, String sql) {
    try (FaultyNode node = FaultyNode.on(server.database(), feed)) {
      node.note();

      node.outside(sql);
      int price = node.changeOutside();

      awaitThat(() -> node.feed().counts().resets() >= 2);
      awaitThat(() -> node.price() == price);
      node.awaitHealed();
      node.requireReconnected();
      assertThat(node.logged("FRESHET-040"))
          .anySatisfy(line -> assertThat(line).contains("what is no change set"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void logicalMessageThatIsNoChangeSet_everythingIsEvicted(boolean transactional) {
    try (FaultyNode node = FaultyNode.on(server.database(), "wal")) {
      awaitThat(
          () -> {
            node.price();
            return node.holds();
          });

      node.outside(
          "select pg_logical_emit_message(%s, 'freshet', '{garbage')".formatted(transactional),
          "select pg_logical_emit_message(%s, 'freshet', 'garbage')".formatted(transactional));

      awaitThat(() -> !node.holds());
      node.awaitHealed();
      assertThat(node.log.ids()).contains("FRESHET-046");
    }
  }
}
