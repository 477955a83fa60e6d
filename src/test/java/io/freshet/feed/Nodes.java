package io.freshet.feed;

import io.freshet.EvictionCause;
import io.freshet.Freshet;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Two nodes with a feed on one database, and everybody else who writes there. */
final class Nodes implements AutoCloseable {

  /** Long enough for a loaded machine; reached only by a test that fails. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /**
   * The feeds: straight from PostgreSQL, as the setting names them, and by a relay, with the broker
   * and how the relay listens.
   */
  static final List<String> FEEDS = List.of("notify", "wal", "redis/wal", "rabbitmq/notify");

  /** Those straight from PostgreSQL. */
  static final List<String> DIRECT = List.of("notify", "wal");

  final TestDatabase database;
  final SessionFactoryImplementor one;
  final SessionFactoryImplementor other;
  private final Optional<TestRelay> relay;

  private Nodes(
      TestDatabase database,
      Optional<TestRelay> relay,
      SessionFactoryImplementor one,
      SessionFactoryImplementor other) {
    this.database = database;
    this.relay = relay;
    this.one = one;
    this.other = other;
  }

  /**
   * Two nodes on a new database.
   *
   * @param feed one of {@link #FEEDS}
   * @param ddl run before Hibernate creates what is missing
   */
  static Nodes of(String feed, Class<?>[] entities, String... ddl) {
    return of(feed, settings -> settings, entities, ddl);
  }

  /** Two nodes on a new database, with further settings. */
  static Nodes of(
      String feed, UnaryOperator<SessionFactories> settings, Class<?>[] entities, String... ddl) {
    return of(TestDatabase.create(), feed, settings, entities, ddl);
  }

  /** Two nodes on this database, which is closed with them. */
  static Nodes of(
      TestDatabase database,
      String feed,
      UnaryOperator<SessionFactories> settings,
      Class<?>[] entities,
      String... ddl) {
    database.execute(ddl);
    Optional<TestRelay> relay =
        feed.contains("/") ? Optional.of(TestRelay.start(database, feed)) : Optional.empty();
    UnaryOperator<SessionFactories> all =
        relay
            .<UnaryOperator<SessionFactories>>map(
                made -> factories -> made.follow(settings.apply(factories)))
            .orElse(settings);
    String kind = feed.replaceFirst("/.*", "");
    SessionFactoryImplementor one = node(kind, all, database, entities);
    return new Nodes(database, relay, one, node(kind, all, database, entities));
  }

  /** One more node on a database, without a relay of its own. */
  static SessionFactoryImplementor node(
      String feed,
      UnaryOperator<SessionFactories> settings,
      TestDatabase database,
      Class<?>... entities) {
    return settings
        .apply(
            SessionFactories.on(database)
                .with("freshet.feed", feed)
                .with("freshet.tracking", "install")
                // no lease is tested here: none is to run out on a slow machine
                .with("freshet.max_staleness", "10s"))
        .build(entities);
  }

  /** Whether the feed listens to triggers, here or in a relay; else it reads the log. */
  static boolean byTriggers(String feed) {
    return feed.endsWith("notify");
  }

  /** Both nodes. */
  List<SessionFactoryImplementor> both() {
    return List.of(one, other);
  }

  /** Somebody else writes, commits, and both nodes have heard of it. */
  void outside(String... statements) {
    database.execute(statements);
    settle();
  }

  /** Waits until both nodes have applied what is committed. */
  void settle() {
    both().forEach(Nodes::settle);
  }

  /** Waits until the node has applied what is committed. */
  static void settle(SessionFactoryImplementor node) {
    try {
      Freshet.of(node).barrier(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads in a session and transaction of its own. */
  static <T> T read(SessionFactoryImplementor node, Function<Session, T> work) {
    return node.fromTransaction(session -> work.apply(session));
  }

  /** Writes and commits. */
  static void write(SessionFactoryImplementor node, Consumer<Session> work) {
    node.inTransaction(session -> work.accept(session));
  }

  /** Reads on both nodes, so that both have cached what was read. */
  void warm(Consumer<Session> work) {
    both().forEach(node -> write(node, work));
  }

  static boolean holds(SessionFactoryImplementor node, Class<?> entity, Object id) {
    return node.getCache().containsEntity(entity, id);
  }

  static boolean holds(SessionFactoryImplementor node, String role, Object owner) {
    return node.getCache().containsCollection(role, owner);
  }

  static RegionStatus region(SessionFactoryImplementor node, String region) {
    return Freshet.of(node).status().region(region);
  }

  static FeedStatus feed(SessionFactoryImplementor node) {
    return Freshet.of(node).status().feed().orElseThrow();
  }

  /** Evictions so far, but for those that somebody asked for and those of resets. */
  static long evictions(SessionFactoryImplementor node) {
    return Freshet.of(node).status().regions().stream()
        .flatMap(region -> region.evictions().entrySet().stream())
        .filter(
            count ->
                count.getKey() != EvictionCause.REQUEST && count.getKey() != EvictionCause.RESET)
        .mapToLong(java.util.Map.Entry::getValue)
        .sum();
  }

  @Override
  public void close() {
    one.close();
    other.close();
    relay.ifPresent(TestRelay::close);
    database.close();
  }
}
