package io.freshet.feed;

import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.settle;
import static io.freshet.feed.Nodes.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.Freshet;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import jakarta.persistence.LockModeType;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Two nodes that tell each other what they commit, on any database, without a relay. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishTest {

  static final List<String> STAGES = List.of("h2 redis", "postgres redis", "h2 rabbitmq");

  private static final int ROWS = 20;

  private final Map<String, Peers> stages = new HashMap<>();

  /** Two nodes on one database. */
  private record Peers(
      SessionFactoryImplementor one, SessionFactoryImplementor other, Runnable closing) {

    void warm() {
      settleBoth();
      for (SessionFactoryImplementor node : List.of(one, other)) {
        write(
            node,
            session -> {
              // first: of a proxy, the field would be another
              session
                  .createSelectionQuery("from Category", Category.class)
                  .list()
                  .forEach(category -> Hibernate.initialize(category.products));
              session.createSelectionQuery("from Product", Product.class).list();
              session.createSelectionQuery("from Customer", Customer.class).list();
            });
      }
    }

    void settleBoth() {
      settle(one);
      settle(other);
    }

    /** The products that the second node still holds. */
    List<Long> held() {
      AtomicReference<List<Long>> seen = new AtomicReference<>();
      // a closed gate shows nothing
      Awaitility.await()
          .until(
              () -> {
                boolean open = Nodes.feed(other).open();
                seen.set(shown());
                return open && Nodes.feed(other).open();
              });
      return seen.get();
    }

    private List<Long> shown() {
      return LongStream.rangeClosed(1, ROWS)
          .filter(id -> holds(other, Product.class, id))
          .boxed()
          .toList();
    }
  }

  private static SessionFactories peer(SessionFactories on, Broker broker, String channel) {
    String address =
        broker == Broker.REDIS ? RedisServer.sharedAddress() : RabbitServer.sharedAddress();
    return on.with("freshet.feed", "auto")
        .with("freshet.publish", broker.setting())
        .with("freshet.max_staleness", "2s")
        .with(broker.addressSetting(), address)
        .with(BusSettings.CHANNEL, channel);
  }

  private Peers stage(String stage) {
    Peers peers = stages.computeIfAbsent(stage, PublishTest::build);
    write(
        peers.one,
        session -> {
          session.createNativeMutationQuery("delete from Product_labels").executeUpdate();
          session.createMutationQuery("delete Product").executeUpdate();
          session.createMutationQuery("delete Category").executeUpdate();
          session.createMutationQuery("delete Customer").executeUpdate();
          Category category = new Category(1, "first");
          session.persist(category);
          session.persist(new Category(2, "second"));
          for (long id = 1; id <= ROWS; id++) {
            Product product = new Product(id, "name " + id, 1);
            product.category = category;
            session.persist(product);
          }
          session.persist(new Customer(1, "Ada"));
        });
    // what is read while a gate is closed is not stored
    Awaitility.await()
        .until(
            () -> {
              peers.warm();
              return peers.held().size() == ROWS;
            });
    return peers;
  }

  private static Peers build(String stage) {
    Broker broker = stage.endsWith("redis") ? Broker.REDIS : Broker.RABBITMQ;
    String channel = "p" + UUID.randomUUID();
    if (stage.startsWith("h2")) {
      String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
      SessionFactoryImplementor one =
          peer(SessionFactories.on(url), broker, channel).build(Shop.ENTITIES);
      return new Peers(
          one, peer(SessionFactories.on(url), broker, channel).build(Shop.ENTITIES), () -> {});
    }
    TestDatabase database = TestDatabase.create();
    SessionFactoryImplementor one =
        peer(SessionFactories.on(database), broker, channel).build(Shop.ENTITIES);
    return new Peers(
        one,
        peer(SessionFactories.on(database), broker, channel).build(Shop.ENTITIES),
        database::close);
  }

  @AfterAll
  void close() {
    stages
        .values()
        .forEach(
            peers -> {
              peers.one.close();
              peers.other.close();
              peers.closing.run();
            });
  }

  /** The first node writes; the second loses exactly these products, and reads what is there. */
  private static void loses(Peers peers, Consumer<Session> work, Long... gone) {
    write(peers.one, work);
    settle(peers.other);
    List<Long> expected =
        LongStream.rangeClosed(1, ROWS).boxed().filter(id -> !List.of(gone).contains(id)).toList();
    assertThat(peers.held()).isEqualTo(expected);
  }

  private static int price(SessionFactoryImplementor node, long id) {
    return read(node, session -> session.find(Product.class, id).price);
  }

  private static String customer(SessionFactoryImplementor node) {
    return read(node, session -> session.find(Customer.class, 1L).name);
  }

  private static int version(SessionFactoryImplementor node) {
    return read(node, session -> session.find(Category.class, 1L).version);
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void flush_takesTheRow_andNothingElse(String stage) {
    Peers peers = stage(stage);

    loses(peers, session -> session.find(Product.class, 3L).price = 7, 3L);

    assertThat(price(peers.other, 3)).isEqualTo(7);
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void hqlAndSqlAndJdbc_takeTheRowsThatTheyName(String stage) {
    Peers peers = stage(stage);

    loses(
        peers,
        session ->
            session
                .createMutationQuery("update Product set price = 8 where id = 4")
                .executeUpdate(),
        4L);
    loses(
        peers,
        session ->
            session
                .createNativeMutationQuery("update Product set price = 9 where id in (5, 6)")
                .executeUpdate(),
        4L,
        5L,
        6L);
    loses(
        peers,
        session ->
            session.doWork(
                connection -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute("update Product set price = 10 where id = 7");
                  }
                }),
        4L,
        5L,
        6L,
        7L);
    assertThat(List.of(4, 5, 6, 7).stream().map(id -> price(peers.other, id)))
        .containsExactly(8, 9, 9, 10);
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void rollback_tellsNothing(String stage) {
    Peers peers = stage(stage);
    try (Session session = peers.one.openSession()) {
      session.beginTransaction();
      session.find(Product.class, 3L).price = 99;
      session.flush();
      session.getTransaction().rollback();
    }
    settle(peers.other);

    assertThat(peers.held()).hasSize(ROWS);
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void movedRow_takesBothCollections_andANonstrictEntityGoesToo(String stage) {
    Peers peers = stage(stage);
    String role = Category.class.getName() + ".products";
    assertThat(holds(peers.other, role, 1L)).as("%s", Nodes.region(peers.other, role)).isTrue();

    loses(
        peers,
        session -> {
          session.find(Product.class, 2L).category = session.find(Category.class, 2L);
          session.find(Customer.class, 1L).name = "Grace";
        },
        2L);

    assertThat(holds(peers.other, role, 1L)).isFalse();
    assertThat(holds(peers.other, role, 2L)).isFalse();
    assertThat(customer(peers.other)).isEqualTo("Grace");
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void versionIncrementedByForce_isTold_althoughNoEventDoes(String stage) {
    Peers peers = stage(stage);
    int before = version(peers.other);
    assertThat(holds(peers.other, Category.class, 2L)).isTrue();

    write(
        peers.one,
        session ->
            Hibernate.initialize(
                session.find(Category.class, 1L, LockModeType.PESSIMISTIC_FORCE_INCREMENT)));
    settle(peers.other);

    assertThat(version(peers.other)).isEqualTo(before + 1);
    assertThat(holds(peers.other, Category.class, 2L)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("STAGES")
  void everywhere_reachesTheOther(String stage) {
    Peers peers = stage(stage);

    Freshet.of(peers.one).evictEverywhere(Product.class, 9L);
    settle(peers.other);
    assertThat(holds(peers.other, Product.class, 9L)).isFalse();
    assertThat(peers.held()).hasSize(ROWS - 1);

    Freshet.of(peers.one).evictTableEverywhere("Customer");
    settle(peers.other);
    assertThat(holds(peers.other, Customer.class, 1L)).isFalse();
    assertThat(peers.held()).hasSize(ROWS - 1);

    Freshet.of(peers.one).evictAllEverywhere();
    settle(peers.other);
    assertThat(peers.held()).isEmpty();
  }

  @Test
  void nodeThatOnlyPublishes_isHeard_andHearsNobody() {
    Peers peers = stage("h2 redis");
    Map<String, String> settings = Freshet.of(peers.one).status().settings();
    try (SessionFactoryImplementor writer =
        peer(SessionFactories.on(url(peers)), Broker.REDIS, settings.get(BusSettings.CHANNEL))
            .with("freshet.feed", "none")
            .build(Shop.ENTITIES)) {
      assertThat(Freshet.of(writer).status().feed()).isEmpty();
      write(writer, session -> session.find(Product.class, 11L).price = 70);
      settle(peers.other);

      assertThat(holds(peers.other, Product.class, 11L)).isFalse();
    }
  }

  private static String url(Peers peers) {
    return String.valueOf(peers.one.getProperties().get("hibernate.connection.url"));
  }

  @Test
  void newNode_emptiesNobodysCache_andAClosedOneNeither() {
    Peers peers = stage("h2 redis");
    long resets = Nodes.feed(peers.other).counts().resets();
    String channel = Freshet.of(peers.one).status().settings().get(BusSettings.CHANNEL);
    try (SessionFactoryImplementor third =
        peer(SessionFactories.on(url(peers)), Broker.REDIS, channel).build(Shop.ENTITIES)) {
      settle(third);
      settle(peers.other);
    }
    settle(peers.other);

    assertThat(Nodes.feed(peers.other).counts().resets()).isEqualTo(resets);
    assertThat(peers.held()).hasSize(ROWS);
  }

  @Test
  void brokerThatDies_losesNothing_andFailsNobody() {
    try (RedisServer broker = RedisServer.start()) {
      String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
      try (SessionFactoryImplementor one =
              peer(SessionFactories.on(url), Broker.REDIS, "c")
                  .with("freshet.max_staleness", "400ms")
                  .with(BusSettings.REDIS_URL, broker.address())
                  .build(Shop.ENTITIES);
          SessionFactoryImplementor other =
              peer(SessionFactories.on(url), Broker.REDIS, "c")
                  .with("freshet.max_staleness", "400ms")
                  .with(BusSettings.REDIS_URL, broker.address())
                  .build(Shop.ENTITIES)) {
        write(one, session -> session.persist(new Customer(1, "Ada")));
        settle(other);
        read(other, session -> session.find(Customer.class, 1L).name);
        broker.kill();
        Awaitility.await()
            .until(
                () ->
                    !Nodes.feed(other).open()
                        && Nodes.feed(other).reason().contains("redis://127.0.0.1"));

        write(one, session -> session.find(Customer.class, 1L).name = "Grace");
        assertThat(customer(other)).isEqualTo("Grace");
        broker.restart();
        settle(other);

        assertThat(customer(other)).isEqualTo("Grace");
        Awaitility.await().until(() -> Nodes.feed(other).open());
      }
    }
  }

  @Test
  void everywhere_withoutAFeed_saysThatOthersWereNotTold() {
    try (SessionFactoryImplementor alone =
        SessionFactories.on("jdbc:h2:mem:" + UUID.randomUUID()).build(Shop.ENTITIES)) {
      Freshet freshet = Freshet.of(alone);

      assertThatThrownBy(freshet::evictAllEverywhere)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(
              "other nodes could not be told: there is no feed (freshet.feed=none)");
    }
  }
}
