package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.feed.Shelf.Item;
import io.freshet.relay.Relay;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestDatabase;
import java.util.List;
import java.util.Set;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Something happens to PostgreSQL, or to what tells of changes there, under a relay. */
class RelayFaultsTest {

  private static final TrackedTable SHELF =
      new TrackedTable(TableName.of("shelf"), Set.of("id"), Set.of());
  private static final TrackedTable ITEM =
      new TrackedTable(TableName.of("item"), Set.of("id"), Set.of("shelf_id"));

  private static BusSettings bus() {
    return Fleet.bus(Broker.REDIS, RedisServer.sharedAddress());
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  void postgresRestarted_theReasonIsTheRelays_andAllComeBack(Source source) {
    try (PrivateServer server = PrivateServer.start();
        CapturedLog log = CapturedLog.of(Relay.class);
        Fleet fleet = Fleet.unpooled(TestDatabase.createOn(server.url("postgres")), bus(), source);
        Witness witness = fleet.watch()) {
      witness.goOn(20);
      witness.outage(true);

      server.stop();

      fleet.awaitReasons(reason -> reason.matches("(?s)relay-\\w+ says: .*(shut|127.0.0.1).*"));
      awaitThat(
          () -> fleet.relay.relay().status().trouble().contains("127.0.0.1:" + server.port()));
      assertThat(fleet.relay.relay().status().isHealthy()).isFalse();
      server.startAgain();
      fleet.awaitAllOpen();
      witness.outage(false);
      witness.goOn(50);
      witness.requireAllFresh();
      assertThat(fleet.relay.relay().status().isHealthy()).isTrue();
      // however many attempts there were
      assertThat(log.lines().stream().filter(line -> line.contains("FRESHET-060")))
          .isNotEmpty()
          .doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  void backendsOfTheRelayTerminated_itLeadsAgain(Source source) {
    try (Fleet fleet = Fleet.of(TestDatabase.create(), bus(), source);
        Witness witness = fleet.watch()) {
      witness.goOn(20);

      terminate(fleet, "true");

      awaitThat(() -> fleet.relay.relay().status().terms() >= 2);
      awaitThat(() -> fleet.relay.relay().status().isHealthy());
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
    }
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  void feedOfTheRelayTerminated_itGoesOnInItsTerm_andFromASlotWithoutAReset(Source source) {
    String feed = source == Source.WAL ? "backend_type = 'walsender'" : "query ~* '^listen'";
    try (Fleet fleet = Fleet.of(TestDatabase.create(), bus(), source);
        Witness witness = fleet.watch()) {
      witness.goOn(20);
      List<Long> before = fleet.resets();
      long reconnects = reconnects(fleet);

      terminate(fleet, feed);

      awaitThat(() -> reconnects(fleet) > reconnects);
      awaitThat(() -> fleet.relay.relay().status().isHealthy());
      fleet.awaitAllOpen();
      witness.goOn(50);
      witness.requireAllFresh();
      assertThat(fleet.relay.relay().status().terms()).isEqualTo(1);
      if (source == Source.WAL) {
        assertThat(fleet.resets()).isEqualTo(before);
      } else {
        assertThat(fleet.resets().get(0)).isGreaterThan(before.get(0));
      }
    }
  }

  private static long reconnects(Fleet fleet) {
    return fleet.relay.relay().status().work().orElseThrow().feed().reconnects();
  }

  private static void terminate(Fleet fleet, String which) {
    fleet.database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'freshet'"
            + " and datname = current_database() and "
            + which);
  }

  @ParameterizedTest
  @EnumSource(Source.class)
  void tableThatIsNotTracked_keepsTheGateClosed_untilItIs(Source source) {
    BusSettings bus = bus();
    try (TestDatabase database = TestDatabase.create();
        TestRelay relay = TestRelay.start(database, bus, source);
        SessionFactoryImplementor node = Fleet.node(database, bus, "validate")) {
      assertThat(Nodes.feed(node).open()).isFalse();
      assertThat(Nodes.feed(node).reason())
          .contains("public.item", "public.shelf", "freshet tracking install");
      database.execute("insert into item (id, price) values (1, 1)");
      assertThat(price(node)).isEqualTo(1);
      database.execute("update item set price = 2");
      assertThat(price(node)).isEqualTo(2);

      relay.track(SHELF, ITEM);

      requireFresh(database, node, 3);
      database.execute(
          source == Source.WAL
              ? "alter publication freshet drop table item"
              : "drop trigger freshet_update on item");
      awaitThat(() -> !Nodes.feed(node).open());
      awaitThat(() -> Nodes.feed(node).reason().contains("public.item"));
      database.execute("update item set price = 4");
      assertThat(price(node)).isEqualTo(4);
      assertThat(relay.relay().status().terms()).isEqualTo(1);

      relay.track(SHELF, ITEM);

      requireFresh(database, node, 5);
    }
  }

  private static int price(SessionFactoryImplementor node) {
    return node.fromTransaction(session -> session.find(Item.class, 1L).price);
  }

  private static void requireFresh(
      TestDatabase database, SessionFactoryImplementor node, int price) {
    awaitThat(() -> Nodes.feed(node).open());
    awaitThat(
        () -> {
          price(node);
          return Nodes.holds(node, Item.class, 1L);
        });
    database.execute("update item set price = " + price);
    awaitThat(() -> price(node) == price);
  }
}
