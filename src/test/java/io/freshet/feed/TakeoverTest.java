package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.relay.Relay;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.relay.RelayStatus.Role;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.RelayProcess;
import io.freshet.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The relay ends, in good order or not, and another takes its place. */
class TakeoverTest {

  private static final int SWAPS = 20;

  private static BusSettings bus(Broker broker) {
    return Fleet.bus(
        broker,
        broker == Broker.REDIS ? RedisServer.sharedAddress() : RabbitServer.sharedAddress());
  }

  private static Fleet fleet(Broker broker, Source source) {
    return Fleet.of(TestDatabase.create(), bus(broker), source);
  }

  private static void awaitLeader(Relay relay) {
    awaitThat(() -> relay.status().role() == Role.LEADER);
  }

  @ParameterizedTest
  @EnumSource(Broker.class)
  void relayRestartedInGoodOrder_goesOnFromTheSlot_andNoCacheIsEmptied(Broker broker) {
    // so long that nobody gives up who only waits for the next relay
    try (Fleet fleet =
            Fleet.of(TestDatabase.create(), bus(broker), Source.WAL, Duration.ofSeconds(2));
        Witness witness = fleet.watch()) {
      witness.goOn(50);
      List<Long> before = fleet.resets();
      for (int i = 0; i < 2; i++) {
        fleet.relay.stop();
        fleet.awaitReasons(reason -> reason.equals("the relay has ended, and no other has begun"));
        witness.goOn(20);

        fleet.relay.restart();

        fleet.awaitAllOpen();
        witness.goOn(50);
      }
      witness.requireAllFresh();
      assertThat(fleet.resets()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(Broker.class)
  void relayKilled_whileManyWrite_andAnotherTakesOver_noChangeIsLost(Broker broker) {
    try (Fleet fleet = fleet(broker, Source.WAL)) {
      fleet.relay.stop();
      try (RelayProcess killed = RelayProcess.start(fleet.relay.settings);
          Witness witness = fleet.watch()) {
        fleet.awaitAllOpen();
        witness.goOn(100);

        killed.kill();

        fleet.awaitReasons(BrokerFaults::namesWhoIsSilent);
        witness.goOn(20);
        fleet.relay.restart();
        fleet.awaitAllOpen();
        witness.goOn(50);
        witness.requireAllFresh();
      }
    }
  }

  @Test
  void relayKilled_whileAnotherStandsBy_itTakesOverByItself() {
    try (Fleet fleet = fleet(Broker.REDIS, Source.WAL)) {
      fleet.relay.stop();
      try (RelayProcess killed = RelayProcess.start(fleet.relay.settings);
          Witness witness = fleet.watch()) {
        fleet.awaitAllOpen();
        fleet.relay.restart();
        awaitThat(() -> fleet.relay.relay().status().role() == Role.STANDBY);
        witness.goOn(50);
        assertThat(fleet.relay.relay().status().isHealthy()).isTrue();

        killed.kill();

        awaitLeader(fleet.relay.relay());
        witness.goOn(100);
        witness.requireAllFresh();
      }
    }
  }

  @Test
  void relayThatHangs_isReplaced_andDoesNoHarmWhenItWakesUp() {
    try (Fleet fleet = fleet(Broker.REDIS, Source.WAL)) {
      fleet.relay.stop();
      try (RelayProcess hanging = RelayProcess.start(fleet.relay.settings);
          Witness witness = fleet.watch()) {
        fleet.awaitAllOpen();
        fleet.relay.restart();
        awaitThat(() -> fleet.relay.relay().status().role() == Role.STANDBY);
        witness.goOn(50);

        hanging.freeze();

        fleet.awaitReasons(BrokerFaults::namesWhoIsSilent);
        witness.goOn(20);
        awaitLeader(fleet.relay.relay());
        fleet.awaitAllOpen();
        List<Long> resets = fleet.resets();
        List<Long> reconnects = fleet.reconnects();
        hanging.thaw();
        witness.goOn(500);
        assertThat(fleet.relay.relay().status().role()).isEqualTo(Role.LEADER);
        witness.requireAllFresh();
        if (fleet.reconnects().equals(reconnects)) {
          assertThat(fleet.resets()).isEqualTo(resets);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"REDIS, WAL", "RABBITMQ, NOTIFY"})
  void twoRelays_swapLeadershipTwentyTimes_nothingStaleIsServed(Broker broker, Source source) {
    try (Fleet fleet = fleet(broker, source);
        Witness witness = fleet.watch()) {
      Relay leader = fleet.relay.standby();
      fleet.relay.stop();
      awaitLeader(leader);
      try {
        for (int i = 0; i < SWAPS; i++) {
          Relay standby = fleet.relay.standby();
          leader.close();
          leader = standby;
          awaitLeader(leader);
          if (i % 2 == 0) {
            Relay heard = leader;
            awaitThat(() -> heard.status().isHealthy());
          } // else it ends before it has said anything
          witness.goOn(5);
        }
        fleet.awaitAllOpen();
        witness.goOn(50);
        witness.requireAllFresh();
      } finally {
        leader.close();
      }
    }
  }
}
