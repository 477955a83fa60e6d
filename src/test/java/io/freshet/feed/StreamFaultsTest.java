package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.bus.Channel;
import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.fanout.Request;
import io.freshet.fanout.StreamCodec;
import io.freshet.fanout.StreamMessage;
import io.freshet.feed.Shelf.Item;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestDatabase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Somebody says on the channels what should not be said there. */
class StreamFaultsTest {

  @Nested
  class OverRedis extends Said {
    @Override
    BusSettings bus() {
      return Fleet.bus(Broker.REDIS, RedisServer.sharedAddress());
    }
  }

  @Nested
  class OverRabbitMq extends Said {
    @Override
    BusSettings bus() {
      return Fleet.bus(Broker.RABBITMQ, RabbitServer.sharedAddress());
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class Said {

    private static final int RANDOM_MESSAGES = 50;

    private Fleet fleet;
    private Intruder intruder;

    abstract BusSettings bus();

    @BeforeAll
    void start() throws Exception {
      fleet = Fleet.of(TestDatabase.create(), bus(), Source.WAL);
      intruder = new Intruder(fleet.relay.bus);
    }

    @AfterAll
    void stop() {
      intruder.close();
      fleet.close();
    }

    @Test
    void impostorWithAHugeEpoch_thatFallsSilent_isLeftAgain() {
      StreamMessage relay = intruder.relay();
      try (Witness witness = fleet.watch()) {
        witness.goOn(20);
        List<Long> before = fleet.resets();

        // it is followed for as long as a node waits for somebody who is silent: seen, or once more
        for (int i = 0; i < fleet.nodes.size(); i++) {
          int node = i;
          awaitThat(
              () -> {
                intruder.pretend(relay.content().description().orElseThrow(), Long.MAX_VALUE);
                return fleet.feed(node).reason().contains("intruder");
              });
        }
        fleet.awaitAllOpen();
        witness.goOn(50);
        witness.requireAllFresh();
        for (int i = 0; i < before.size(); i++) {
          assertThat(fleet.resets().get(i)).isGreaterThan(before.get(i));
        }
      }
    }

    @Test
    void impostorWithALowerEpoch_isPassedOver() {
      StreamMessage relay = intruder.relay();
      try (Witness witness = fleet.watch()) {
        witness.goOn(20);
        List<Long> before = fleet.resets();
        for (long epoch : new long[] {relay.stream().epoch(), 1, 0, -1, Long.MIN_VALUE}) {
          intruder.pretend(relay.content().description().orElseThrow(), epoch);
          witness.goOn(20);
        }

        witness.requireAllFresh();

        assertThat(fleet.resets()).isEqualTo(before);
      }
    }

    @Test
    void garbage_isAReset_andHeals_andTheRelayPassesItOver() {
      byte[] whole = StreamCodec.encode(intruder.relay());
      List<byte[]> garbage = new ArrayList<>();
      garbage.add(new byte[0]);
      garbage.add(Arrays.copyOf(whole, whole.length - 2));
      garbage.add(new String(whole, UTF_8).replaceFirst("\"v\":1", "\"v\":2").getBytes(UTF_8));
      garbage.add("[".repeat(100_000).getBytes(UTF_8));
      long seed = System.nanoTime();
      System.out.println("garbage: seed " + seed);
      Random random = new Random(seed);
      for (int i = 0; i < RANDOM_MESSAGES; i++) {
        byte[] bytes = new byte[1 + random.nextInt(200)];
        random.nextBytes(bytes);
        garbage.add(bytes);
      }
      try (Witness witness = fleet.watch()) {
        for (byte[] message : garbage) {
          List<Long> before = fleet.resets();
          intruder.publish(Channel.REQUESTS, message);
          intruder.publish(Channel.CHANGES, message);
          awaitThat(
              () -> fleet.resets().get(0) > before.get(0) && fleet.resets().get(1) > before.get(1));
        }
        fleet.awaitAllOpen();
        witness.goOn(50);
        witness.requireAllFresh();
        assertThat(fleet.relay.relay().status().isHealthy()).isTrue();
        assertThat(fleet.relay.relay().status().terms()).isEqualTo(1);
      }
    }

    @Test
    void tableThatNobodyMaps_evictsNothing() {
      try (Witness witness = fleet.watch()) {
        witness.requireAllFresh();
      }
      List<Long> evictions = fleet.nodes.stream().map(Nodes::evictions).toList();
      List<Long> messages = messages();
      List<Long> resets = fleet.resets();

      intruder.request(
          new Request(
              "intruder",
              2,
              false,
              new ChangeSet(
                  List.of(
                      TableChange.anything(TableName.of("nowhere")),
                      TableChange.anything(new TableName("no_schema", "item"))))));

      awaitThat(() -> messages().get(0) > messages.get(0) && messages().get(1) > messages.get(1));
      fleet.nodes.forEach(Nodes::settle);
      for (SessionFactoryImplementor node : fleet.nodes) {
        awaitThat(() -> Nodes.holds(node, Item.class, 1L)); // once the gate is open
      }
      assertThat(fleet.nodes.stream().map(Nodes::evictions).toList()).isEqualTo(evictions);
      assertThat(fleet.resets()).isEqualTo(resets);
    }

    private List<Long> messages() {
      return fleet.nodes.stream().map(node -> Nodes.feed(node).counts().messages()).toList();
    }
  }
}
