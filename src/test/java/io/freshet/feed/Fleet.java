package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.feed.Shelf.Item;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.postgresql.ds.PGSimpleDataSource;

/** A database, a relay, and nodes that follow it; something is about to happen to all of them. */
final class Fleet implements AutoCloseable {

  /** Short, so that a lease is soon over. */
  static final Duration BOUND = Duration.ofMillis(500);

  final TestDatabase database;
  final TestRelay relay;
  final List<SessionFactoryImplementor> nodes;

  private final Duration bound;

  private Fleet(
      Duration bound,
      TestDatabase database,
      TestRelay relay,
      List<SessionFactoryImplementor> nodes) {
    this.bound = bound;
    this.database = database;
    this.relay = relay;
    this.nodes = nodes;
  }

  /** Two nodes that reach the broker where the relay does. */
  static Fleet of(TestDatabase database, BusSettings bus, Source source) {
    return of(database, bus, source, bus.address(), bus.address());
  }

  /**
   * Two nodes that reach the broker where the relay does.
   *
   * @param bound their {@code freshet.max_staleness}
   */
  static Fleet of(TestDatabase database, BusSettings bus, Source source, Duration bound) {
    return of(bound, database, bus, source, settings -> settings, bus.address(), bus.address());
  }

  /**
   * As many nodes as there are addresses, caught up; the database is closed with them.
   *
   * @param bus as the relay reaches it
   */
  static Fleet of(TestDatabase database, BusSettings bus, Source source, String... addresses) {
    return of(BOUND, database, bus, source, settings -> settings, addresses);
  }

  /**
   * Two nodes that take no connections from a pool, which would hand out those that a restart of
   * the server has ended.
   */
  static Fleet unpooled(TestDatabase database, BusSettings bus, Source source) {
    PGSimpleDataSource connections = new PGSimpleDataSource();
    connections.setUrl(database.url());
    return of(
        BOUND,
        database,
        bus,
        source,
        settings -> settings.with("hibernate.connection.datasource", connections),
        bus.address(),
        bus.address());
  }

  private static Fleet of(
      Duration bound,
      TestDatabase database,
      BusSettings bus,
      Source source,
      UnaryOperator<SessionFactories> more,
      String... addresses) {
    TestRelay relay = TestRelay.start(database, bus, source);
    List<SessionFactoryImplementor> nodes = new ArrayList<>();
    for (String address : addresses) {
      BusSettings reached = new BusSettings(bus.broker(), address, bus.channel());
      SessionFactories settings =
          settings(database, reached, "install")
              .with("freshet.max_staleness", bound.toMillis() + "ms");
      nodes.add(more.apply(settings).build(Shelf.class, Item.class));
    }
    Fleet fleet = new Fleet(bound, database, relay, List.copyOf(nodes));
    fleet.awaitAllOpen();
    return fleet;
  }

  /** A channel of its own on a broker. */
  static BusSettings bus(Broker broker, String address) {
    return new BusSettings(broker, address, "f" + UUID.randomUUID().toString().substring(0, 8));
  }

  /** A node, caught up or not. */
  static SessionFactoryImplementor node(TestDatabase database, BusSettings bus, String tracking) {
    return settings(database, bus, tracking).build(Shelf.class, Item.class);
  }

  /** The settings of a node. */
  static SessionFactories settings(TestDatabase database, BusSettings bus, String tracking) {
    return SessionFactories.on(database)
        .with("hibernate.connection.pool_size", 8)
        .with("freshet.feed", bus.broker().setting())
        .with(bus.broker().addressSetting(), bus.address())
        .with(BusSettings.CHANNEL, bus.channel())
        .with("freshet.tracking", tracking)
        .with("freshet.max_staleness", BOUND.toMillis() + "ms");
  }

  /** Begins to write and to read on all nodes. */
  Witness watch() {
    return Witness.on(database.url(), bound, nodes);
  }

  FeedStatus feed(int node) {
    return Nodes.feed(nodes.get(node));
  }

  /** How often each node has emptied itself. */
  List<Long> resets() {
    return nodes.stream().map(node -> Nodes.feed(node).counts().resets()).toList();
  }

  /**
   * How often each node, and the relay, has connected anew: they lose patience on a slow machine.
   */
  List<Long> reconnects() {
    List<Long> all = new ArrayList<>();
    nodes.forEach(node -> all.add(Nodes.feed(node).counts().reconnects()));
    all.add(relay.relay().status().terms());
    return all;
  }

  void awaitAllOpen() {
    awaitThat(() -> nodes.stream().allMatch(node -> Nodes.feed(node).open()));
  }

  /** The node serves no hits, and says why. */
  void awaitReason(int node, Predicate<String> reason) {
    awaitThat(() -> !feed(node).open() && reason.test(feed(node).reason()));
  }

  /** No node serves hits, and all say why. */
  void awaitReasons(Predicate<String> reason) {
    for (int node = 0; node < nodes.size(); node++) {
      awaitReason(node, reason);
    }
  }

  @Override
  public void close() {
    nodes.forEach(SessionFactoryImplementor::close);
    relay.close();
    database.close();
  }
}
