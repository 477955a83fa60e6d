package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.FreshetConfigurationException;
import io.freshet.feed.Shelf.Item;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.MinimalUsers;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestBroker;
import io.freshet.testing.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node and a relay meet as they start. */
class BusBootTest {

  private static String address(Broker broker) {
    return broker == Broker.REDIS ? RedisServer.sharedAddress() : RabbitServer.sharedAddress();
  }

  @ParameterizedTest
  @EnumSource(Broker.class)
  void brokerDownAtTheBoot_theDatabaseAnswers_andAllHealsWhenItIsThere(Broker broker) {
    String address = address(broker);
    try (TestDatabase database = TestDatabase.create();
        Wire wire = Wire.toServerOf(address)) {
      BusSettings bus = Fleet.bus(broker, wire.instead(address));
      wire.refuse();
      try (TestRelay relay = TestRelay.start(database, bus, Source.WAL);
          SessionFactoryImplementor node = Fleet.node(database, bus, "install")) {
        assertThat(Nodes.feed(node).open()).isFalse();
        assertThat(Nodes.feed(node).reason())
            .contains(" cannot be used: ", wire.instead("127.0.0.1:0"))
            .doesNotContain("secret");
        awaitThat(() -> !relay.relay().status().isHealthy());
        database.execute("insert into item (id, price) values (1, 1)");
        for (int price = 2; price < 5; price++) {
          database.execute("update item set price = " + price);
          assertThat(price(node)).isEqualTo(price);
        }

        wire.accept();

        awaitThat(() -> Nodes.feed(node).open());
        awaitThat(() -> relay.relay().status().isHealthy());
        awaitThat(() -> price(node) == 4 && Nodes.holds(node, Item.class, 1L));
        database.execute("update item set price = 5");
        awaitThat(() -> price(node) == 5);
      }
    }
  }

  private static int price(SessionFactoryImplementor node) {
    return node.fromTransaction(session -> session.find(Item.class, 1L).price);
  }

  @ParameterizedTest
  @EnumSource(Broker.class)
  void wrongPassword_isRefusedAtTheBoot_andNotTold(Broker broker) {
    String wrong = address(broker).replaceFirst("//[^@]+@", "//nobody:wrong-password@");
    BusSettings bus = Fleet.bus(broker, wrong);
    try (TestDatabase database = TestDatabase.create()) {
      assertThatThrownBy(() -> Fleet.node(database, bus, "install"))
          .hasStackTraceContaining(FreshetConfigurationException.class.getName())
          .hasStackTraceContaining(broker.addressSetting())
          .satisfies(failure -> requireUntold(failure));
      assertThatThrownBy(() -> TestRelay.start(database, bus, Source.NOTIFY))
          .isInstanceOf(FreshetConfigurationException.class)
          .hasMessageContaining("127.0.0.1")
          .satisfies(failure -> requireUntold(failure));
    }
  }

  private static void requireUntold(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    assertThat(text.toString()).doesNotContain("wrong-password");
  }

  @Test
  void minimalRightsOfRedis_areEnough() {
    RedisServer redis = FragileBrokers.redis();
    MinimalUsers.create(redis);
    requireEnough(redis, Source.WAL);
  }

  @Test
  void minimalRightsOfRabbit_areEnough() {
    RabbitServer rabbit = FragileBrokers.rabbit();
    MinimalUsers.create(rabbit);
    requireEnough(rabbit, Source.NOTIFY);
  }

  private static void requireEnough(TestBroker broker, Source source) {
    BusSettings bus =
        new BusSettings(broker.broker(), MinimalUsers.relayAddress(broker), MinimalUsers.CHANNEL);
    String node = MinimalUsers.nodeAddress(broker);
    try (Fleet fleet = Fleet.of(TestDatabase.create(), bus, source, node, node);
        Witness witness = fleet.watch()) {
      witness.goOn(50);
      fleet.relay.stop();
      fleet.relay.restart();
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }
}
