package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.fanout.Sender;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.relay.RelayStatus;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestBroker;
import org.junit.jupiter.api.Test;

/** Something happens to Redis. */
class RedisFaultsTest extends BrokerFaults {

  private static final int ROWS = 900;
  private static final int CHANGES = 130_000;
  private static final int MOST_WAITING = 50_000;
  private static final int LONG = 200_000;

  /** Both nodes, and the relay. */
  private static final int SUBSCRIBERS = 3;

  RedisFaultsTest() {
    super(Source.WAL);
  }

  @Override
  TestBroker broker() {
    return FragileBrokers.redis();
  }

  private RedisServer redis() {
    return (RedisServer) broker;
  }

  @Test
  void subscribersThrownOut_comeBack() {
    try (Witness witness = fleet.watch()) {
      for (int i = 0; i < 5; i++) {
        long before = fleet.feed(0).counts().reconnects() + fleet.feed(1).counts().reconnects();
        witness.goOn(20);
        awaitThat(() -> subscribers() == SUBSCRIBERS);
        redis().command("CLIENT", "KILL", "TYPE", "pubsub");
        awaitThat(
            () ->
                fleet.feed(0).counts().reconnects() + fleet.feed(1).counts().reconnects()
                    >= before + 2);
        fleet.awaitAllOpen();
      }
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }

  @Test
  void slowSubscriber_isThrownOut_andComesBack() throws Exception {
    redis().command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 256kb 0 0");
    try (Intruder intruder = new Intruder(fleet.relay.bus);
        Witness witness = fleet.watch()) {
      witness.goOn(50);
      long before = subscribers();
      nodesWire.freeze();
      try {
        awaitThat(
            () -> {
              intruder.chatter(LONG);
              return subscribers() < before;
            });
        fleet.awaitReason(0, BrokerFaults::namesWhoIsSilent);
        witness.goOn(50);
      } finally {
        nodesWire.thaw();
      }
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
    } finally {
      redis().command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
    }
  }

  private long subscribers() {
    return redis().command("CLIENT", "LIST", "TYPE", "pubsub").lines().count();
  }

  @Test
  void relayCutOff_whileManyRowsChange_keepsToItsMemory_andHoldsUpNoWriter() {
    String slot = fleet.relay.settings.limits().slot();
    fleet.database.execute(
        "insert into item (id, price) select i, 0 from generate_series(1000, %d) i"
            .formatted(999 + ROWS));
    try (Witness witness = fleet.watch()) {
      witness.goOn(20);
      long widened = sent().widened();

      relaysWire.freeze();
      long retained;
      try {
        for (int i = 0; i * ROWS < CHANGES; i++) {
          fleet.database.execute("update item set price = %d where id >= 1000".formatted(i));
        }
        awaitThat(() -> sent().widened() > widened);
        assertThat(sent().waiting()).isLessThanOrEqualTo(MOST_WAITING);
        awaitThat(() -> retained() > 1 << 20);
        retained = retained();
        fleet.awaitReasons(reason -> !reason.isEmpty());
        witness.goOn(50);
      } finally {
        relaysWire.thaw();
      }

      fleet.awaitAllOpen();
      witness.goOn(50);
      // where a slot reads from moves on as the server notes what runs
      awaitThat(
          () -> {
            fleet.database.execute("checkpoint");
            return retained() < retained / 2;
          });
      awaitThat(() -> sent().waiting() == 0);
      witness.requireAllFresh();
      assertThat(status().slot().orElseThrow().exists()).as(slot).isTrue();
    } finally {
      fleet.database.execute("delete from item where id >= 1000");
    }
  }

  private RelayStatus status() {
    return fleet.relay.relay().status();
  }

  private Sender.Statistics sent() {
    return status().work().orElseThrow().sender();
  }

  private long retained() {
    return status().slot().orElseThrow().retainedBytes();
  }
}
