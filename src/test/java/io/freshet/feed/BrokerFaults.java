package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.TestBroker;
import io.freshet.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Something happens to a broker, or to the network before it. The relay reaches it over one wire,
 * the first node over another, the second node without.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BrokerFaults {

  private final Source source;
  TestBroker broker;
  Fleet fleet;
  Wire relaysWire;
  Wire nodesWire;

  BrokerFaults(Source source) {
    this.source = source;
  }

  abstract TestBroker broker();

  @BeforeAll
  void start() {
    broker = broker();
    String address = broker.address();
    relaysWire = Wire.toServerOf(address);
    nodesWire = Wire.toServerOf(address);
    BusSettings bus = Fleet.bus(broker.broker(), relaysWire.instead(address));
    fleet = Fleet.of(TestDatabase.create(), bus, source, nodesWire.instead(address), address);
  }

  @AfterAll
  void stop() {
    if (fleet != null) {
      fleet.close();
      relaysWire.close();
      nodesWire.close();
    }
  }

  private String trouble() {
    return fleet.relay.relay().status().trouble();
  }

  /** Whether a reason says that the connection to the broker is lost, or cannot be made. */
  private static boolean namesTheBroker(String reason) {
    return reason.contains(" is lost: ") || reason.contains(" cannot be used: ");
  }

  /** At first nobody answers; later nothing comes, and then there is no connection. */
  static boolean namesWhoIsSilent(String reason) {
    return reason.contains("does not answer any more")
        || reason.contains("nothing comes over")
        || namesTheBroker(reason);
  }

  @Test
  void brokerKilled_andStartedAgain_nothingIsLost() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);

      broker.kill();

      fleet.awaitReasons(BrokerFaults::namesTheBroker);
      assertThat(fleet.feed(0).reason()).doesNotContain("secret");
      awaitThat(() -> !trouble().isEmpty());
      assertThat(trouble()).doesNotContain("secret");
      witness.goOn(50);
      broker.restart();
      fleet.awaitAllOpen();
      awaitThat(() -> trouble().isEmpty());
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }

  @Test
  void brokerFrozen_untilAllHaveGivenItUp_andThawed_heals() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);

      broker.freeze();

      try {
        fleet.awaitReasons(BrokerFaults::namesWhoIsSilent);
        witness.goOn(50);
        fleet.awaitReasons(BrokerFaults::namesTheBroker);
        awaitThat(() -> !trouble().isEmpty());
      } finally {
        broker.thaw();
      }
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }

  @Test
  void brokerFrozenForAMoment_nothingIsLost_andNobodyIsReset() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);
      List<Long> before = fleet.resets();
      List<Long> reconnects = fleet.reconnects();

      broker.freeze();
      try {
        fleet.awaitReasons(BrokerFaults::namesWhoIsSilent);
      } finally {
        broker.thaw();
      }

      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
      if (fleet.reconnects().equals(reconnects)) {
        assertThat(fleet.resets()).isEqualTo(before);
      }
    }
  }

  @Test
  void networkOfOneNodeFrozen_onlyThatOneStops() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);
      List<Long> before = fleet.resets();
      List<Long> reconnects = fleet.reconnects().subList(1, 3);

      nodesWire.freeze();

      try {
        fleet.awaitReason(0, BrokerFaults::namesWhoIsSilent);
        fleet.awaitReason(0, BrokerFaults::namesTheBroker);
        awaitThat(() -> fleet.feed(1).open());
        witness.goOn(50);
      } finally {
        nodesWire.thaw();
      }
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
      if (fleet.reconnects().subList(1, 3).equals(reconnects)) {
        assertThat(fleet.resets().get(1)).isEqualTo(before.get(1));
      }
    }
  }

  @Test
  void networkOfTheRelayFrozen_allStop_andWhatItHadToSayIsSaidAfterwards() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);

      relaysWire.freeze();

      try {
        fleet.awaitReasons(BrokerFaults::namesWhoIsSilent);
        witness.goOn(50);
        awaitThat(() -> !trouble().isEmpty());
      } finally {
        relaysWire.thaw();
      }
      fleet.awaitAllOpen();
      awaitThat(() -> trouble().isEmpty());
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }
}
