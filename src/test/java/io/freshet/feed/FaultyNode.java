package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.Freshet;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.feed.Shelf.Item;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.SessionFactories;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** One node with a feed that something happens to, the log of it, and somebody else who writes. */
final class FaultyNode implements AutoCloseable {

  /** Short, so that a lease is soon over. */
  static final Duration BOUND = Duration.ofMillis(400);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  final SessionFactoryImplementor factory;
  final CapturedLog log;
  private final String url;
  private FeedStatus atStart;
  private int written = 100;

  private FaultyNode(String url, SessionFactoryImplementor factory, CapturedLog log) {
    this.url = url;
    this.factory = factory;
    this.log = log;
    this.atStart = feed();
  }

  /** A node that is caught up, on a database with one row. */
  static FaultyNode on(String url, String feed) {
    return on(url, feed, settings -> settings);
  }

  /** A node that is caught up, with further settings. */
  static FaultyNode on(String url, String feed, UnaryOperator<SessionFactories> more) {
    return booted(url, feed, more).caughtUp();
  }

  /** A node, whatever its feed does. */
  static FaultyNode booted(String url, String feed, UnaryOperator<SessionFactories> more) {
    CapturedLog log = CapturedLog.of("io.freshet");
    try {
      return new FaultyNode(
          url, more.apply(settings(url, feed)).build(Shelf.class, Item.class), log);
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /** The settings of a node. */
  static SessionFactories settings(String url, String feed) {
    return SessionFactories.on(url)
        .with("hibernate.connection.pool_size", 5)
        .with("freshet.feed", feed)
        .with("freshet.tracking", "install")
        .with("freshet.max_staleness", BOUND.toMillis() + "ms");
  }

  private FaultyNode caughtUp() {
    outside(
        "insert into shelf (id, name) values (1, 's') on conflict do nothing",
        "insert into item (id, price, shelf_id) values (1, 1, 1) on conflict do nothing");
    awaitHealed();
    return this;
  }

  FeedStatus feed() {
    return Freshet.of(factory).status().feed().orElseThrow();
  }

  String url() {
    return url;
  }

  /** Somebody else writes. */
  void outside(String... statements) {
    PrivateServer.execute(url, statements);
  }

  String ask(String sql) {
    return PrivateServer.query(url, sql).get(0);
  }

  /** Somebody else gives the row another price. */
  int changeOutside() {
    int price = ++written;
    outside("update item set price = " + price + " where id = 1");
    return price;
  }

  /** As the application reads it. */
  int price() {
    return factory.fromTransaction(session -> session.find(Item.class, 1L).price);
  }

  /** The application writes. */
  int changeInside() {
    int price = ++written;
    factory.inTransaction(session -> session.find(Item.class, 1L).price = price);
    return price;
  }

  boolean holds() {
    return factory.getCache().containsEntity(Item.class, 1L);
  }

  /** The backends of the feed: the one that listens, or replicates, and the one that asks. */
  String backend(Backend which) {
    awaitThat(() -> !PrivateServer.query(url, which.sql).isEmpty());
    return ask(which.sql);
  }

  /** What a feed has in the server. */
  enum Backend {
    LISTENER("query ~* '^listen'"),
    SIDE("query !~* '^listen' and backend_type = 'client backend'"),
    SENDER("backend_type = 'walsender'");

    private final String sql;

    Backend(String condition) {
      sql =
          "select pid from pg_stat_activity where application_name = 'freshet' and datname ="
              + " current_database() and "
              + condition;
    }
  }

  /** From here on counts are compared. */
  void note() {
    atStart = feed();
  }

  /** The lease has run out: what is read now is the database's, and the reason says why. */
  void awaitClosed() {
    awaitThat(() -> !feed().open());
  }

  /**
   * The feed is broken and the lease has run out: the application reads what the database holds,
   * whoever writes it, and no call fails.
   */
  void requireFreshWhileBroken() {
    awaitClosed();
    for (int i = 0; i < 3; i++) {
      int price = changeOutside();
      assertThat(price()).isEqualTo(price);
    }
    int own = changeInside();
    assertThat(price()).isEqualTo(own);
    assertThat(feed().reason()).isNotBlank();
  }

  /** Hits are served again, and what somebody else writes evicts again. */
  void awaitHealed() {
    awaitThat(() -> feed().open());
    // the first read may meet a reset that is not over yet
    awaitThat(
        () -> {
          price();
          return feed().open() && holds();
        });
    int price = changeOutside();
    awaitThat(() -> price() == price);
  }

  /** The stream has begun anew since {@link #note}, and the log tells of both ends of the gap. */
  void requireReconnected() {
    awaitThat(() -> feed().counts().resets() > atStart.counts().resets());
    assertThat(feed().counts().reconnects()).isGreaterThan(atStart.counts().reconnects());
    assertThat(log.ids()).contains("FRESHET-040", "FRESHET-041");
    awaitThat(() -> log.ids().lastIndexOf("FRESHET-041") > log.ids().lastIndexOf("FRESHET-040"));
  }

  /** The texts of one message of the catalogue. */
  List<String> logged(String id) {
    return log.lines().stream().filter(line -> line.contains(id)).toList();
  }

  /** Waits; only a test that fails waits long. */
  static void awaitThat(Callable<Boolean> condition) {
    await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).until(condition);
  }

  @Override
  public void close() {
    try {
      factory.close();
    } finally {
      log.close();
    }
  }
}
