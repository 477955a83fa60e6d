package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.Freshet;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Note;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.Shop.Tag;
import io.freshet.testing.TestDatabase;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same behaviour whatever keeps the entries: providers, by reference, by value, off-heap. */
class ProviderTest {

  private static final String CAFFEINE =
      "com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider";

  enum Provider {
    EHCACHE_CREATED(true),
    CAFFEINE_CREATED(true),
    EHCACHE_XML_BY_VALUE(false),
    EHCACHE_XML_OFF_HEAP(false);

    /** Whether Freshet creates the regions, and so bounds them. */
    final boolean created;

    Provider(boolean created) {
      this.created = created;
    }

    SessionFactories configure(SessionFactories factories) {
      return switch (this) {
        case EHCACHE_CREATED -> factories;
        case CAFFEINE_CREATED -> factories.with("hibernate.javax.cache.provider", CAFFEINE);
        case EHCACHE_XML_BY_VALUE -> xml(factories, "by-value");
        case EHCACHE_XML_OFF_HEAP -> xml(factories, "off-heap");
      };
    }

    private static SessionFactories xml(SessionFactories factories, String name) {
      return factories
          .with("hibernate.javax.cache.uri", "io/freshet/cache/ehcache-" + name + ".xml")
          .with("hibernate.javax.cache.missing_cache_strategy", "fail");
    }
  }

  private final TestDatabase database = TestDatabase.create();
  private SessionFactoryImplementor factory;

  @AfterEach
  void close() {
    if (factory != null) {
      factory.close();
    }
    database.close();
  }

  private void open(Provider provider) {
    open(provider, factories -> factories);
  }

  private void open(Provider provider, Function<SessionFactories, SessionFactories> more) {
    factory = more.apply(provider.configure(SessionFactories.on(database))).build(Shop.ENTITIES);
    write(
        session -> {
          Category category = new Category(1, "tools");
          session.persist(category);
          Tag tag = new Tag(1, "sharp");
          session.persist(tag);
          Product product = new Product(1, "saw", 10);
          product.category = category;
          product.labels.add("red");
          product.tags.add(tag);
          session.persist(product);
          session.persist(new Customer(1, "Ann"));
          session.persist(new Note(1, "hello"));
        });
  }

  private void write(Consumer<Session> work) {
    factory.inTransaction(session -> work.accept(session));
  }

  private String read(Function<Session, String> work) {
    return factory.fromTransaction(work);
  }

  private String name() {
    return read(session -> session.find(Product.class, 1L).name);
  }

  /** Loads, and proves that the next reader hits: what the database holds then is not seen. */
  private String cached(Function<Session, String> work) {
    String loaded = read(work);
    long before = factory.getStatistics().getPrepareStatementCount();
    assertThat(read(work)).isEqualTo(loaded);
    assertThat(factory.getStatistics().getPrepareStatementCount())
        .as("statements for a second reading")
        .isEqualTo(before);
    return loaded;
  }

  private RegionStatus status(String region) {
    return Freshet.of(factory).status().region(region);
  }

  @ParameterizedTest
  @EnumSource
  void entities_ofEachAccessType_hit(Provider provider) {
    open(provider);

    assertThat(cached(session -> session.find(Product.class, 1L).name)).isEqualTo("saw");
    assertThat(cached(session -> session.find(Category.class, 1L).name)).isEqualTo("tools");
    assertThat(cached(session -> session.find(Customer.class, 1L).name)).isEqualTo("Ann");
    assertThat(cached(session -> session.find(Note.class, 1L).text)).isEqualTo("hello");
    RegionStatus notes = status(Note.class.getName());
    assertThat(notes.hits()).isEqualTo(1);
    assertThat(notes.puts()).isEqualTo(1);
    assertThat(notes.entries()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void update_byFlush_isSeenAndCachedAgain(Provider provider) {
    open(provider);
    cached(session -> session.find(Product.class, 1L).name);

    write(session -> session.find(Product.class, 1L).name = "axe");

    assertThat(name()).isEqualTo("axe");
    assertThat(cached(session -> session.find(Product.class, 1L).name)).isEqualTo("axe");
  }

  @ParameterizedTest
  @EnumSource
  void update_byNativeSql_isSeen(Provider provider) {
    open(provider);
    cached(session -> session.find(Product.class, 1L).name);

    write(
        session ->
            session
                .createNativeMutationQuery("update Product set name = 'axe' where id = 1")
                .executeUpdate());

    assertThat(name()).isEqualTo("axe");
    assertThat(cached(session -> session.find(Product.class, 1L).name)).isEqualTo("axe");
  }

  @ParameterizedTest
  @EnumSource
  void update_rolledBack_keepsTheEntry(Provider provider) {
    open(provider);
    cached(session -> session.find(Product.class, 1L).name);
    long hits = status(Product.class.getName()).hits();

    try (Session session = factory.openSession()) {
      session.beginTransaction();
      session.find(Product.class, 1L).name = "axe";
      session.flush();
      assertThat(name()).as("another session, before the rollback").isEqualTo("saw");
      session.getTransaction().rollback();
    }

    assertThat(name()).isEqualTo("saw");
    assertThat(status(Product.class.getName()).hits())
        .as("the writer's own read, and the one after the rollback; between them the key is locked")
        .isEqualTo(hits + 2);
  }

  @ParameterizedTest
  @EnumSource
  void collections_hit_andFollowTheirTables(Provider provider) {
    open(provider);
    Function<Session, String> all =
        session -> {
          Product product = session.find(Product.class, 1L);
          Category category = (Category) Hibernate.unproxy(session.find(Category.class, 1L));
          Hibernate.initialize(product.tags);
          return new TreeSet<>(product.labels)
              + " "
              + product.tags.size()
              + " "
              + category.products.size();
        };
    assertThat(cached(all)).isEqualTo("[red] 1 1");

    write(
        session -> {
          session.find(Product.class, 1L).labels.add("blue");
          Product other = new Product(2, "axe", 5);
          other.category = session.find(Category.class, 1L);
          session.persist(other);
        });
    assertThat(cached(all)).isEqualTo("[blue, red] 1 2");

    write(
        session ->
            session
                .createNativeMutationQuery("delete from Product_Tag where products_id = 1")
                .executeUpdate());
    assertThat(cached(all)).isEqualTo("[blue, red] 0 2");
  }

  @ParameterizedTest
  @EnumSource
  void naturalId_hits_andFollowsTheRow(Provider provider) {
    open(provider);
    Function<Session, String> bySku =
        session -> {
          Product product = session.find(Product.class, "sku-1", KeyType.NATURAL);
          return product == null ? null : product.name;
        };
    assertThat(cached(bySku)).isEqualTo("saw");

    write(session -> session.find(Product.class, 1L).sku = "moved");

    assertThat(read(bySku)).isNull();
    assertThat(read(session -> session.find(Product.class, "moved", KeyType.NATURAL).name))
        .isEqualTo("saw");
  }

  @ParameterizedTest
  @EnumSource
  void queryCache_hits_andFollowsItsTables(Provider provider) {
    open(provider);
    Function<Session, String> query =
        session ->
            session
                .createQuery("select p.name from Product p order by p.id", String.class)
                .setCacheable(true)
                .getSingleResult();
    assertThat(cached(query)).isEqualTo("saw");

    write(session -> session.find(Product.class, 1L).name = "axe");
    assertThat(cached(query)).isEqualTo("axe");

    write(
        session ->
            session.createNativeMutationQuery("update Product set name = 'pin'").executeUpdate());
    assertThat(read(query)).isEqualTo("pin");
  }

  @ParameterizedTest
  @EnumSource
  void region_fullerThanItsBound_letsEntriesGo(Provider provider) {
    open(
        provider,
        factories ->
            provider.created
                ? factories.with("freshet.region." + Note.class.getName() + ".max_entries", 20)
                : factories);
    write(
        session -> {
          for (long id = 2; id <= 300; id++) {
            session.persist(new Note(id, "note " + id));
          }
        });
    for (long id = 1; id <= 300; id++) {
      long note = id;
      read(session -> session.find(Note.class, note).text);
    }

    if (provider == Provider.EHCACHE_XML_OFF_HEAP) {
      assertThat(status(Note.class.getName()).entries()).as("beyond its heap").isEqualTo(300);
      return;
    }
    // Caffeine evicts in the background
    await()
        .untilAsserted(
            () -> assertThat(status(Note.class.getName()).entries()).isBetween(1L, 250L));
    if (provider == Provider.EHCACHE_CREATED) {
      assertThat(status(Note.class.getName()).entries()).isLessThanOrEqualTo(20);
    }
  }

  /** Of the regions that Freshet creates: one from an XML file has its own expiry. */
  @ParameterizedTest
  @EnumSource(names = {"EHCACHE_CREATED", "CAFFEINE_CREATED"})
  void region_withTtl_expires(Provider provider) {
    open(
        provider,
        factories -> factories.with("freshet.region." + Note.class.getName() + ".ttl", "300ms"));
    read(session -> session.find(Note.class, 1L).text);
    database.execute("update Note set text = 'changed behind the cache'");

    await()
        .untilAsserted(
            () ->
                assertThat(read(session -> session.find(Note.class, 1L).text))
                    .isEqualTo("changed behind the cache"));
  }
}
