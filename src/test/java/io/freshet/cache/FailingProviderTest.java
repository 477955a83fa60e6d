package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JCache provider that throws: no transaction of the application fails, nothing stale is served.
 */
class FailingProviderTest {

  private final AtomicLong ahead = new AtomicLong();
  private final FaultyCaches caches = new FaultyCaches();
  private final TestDatabase database = TestDatabase.create();
  private final CapturedLog log = CapturedLog.of("io.freshet");
  private SessionFactoryImplementor factory;

  @BeforeEach
  void open() {
    CachingClock clock = new CachingClock(() -> CachingClock.system().now() + ahead.get());
    FreshetRegionFactory regionFactory =
        new FreshetRegionFactory() {
          @Override
          public CachingClock clock() {
            return clock;
          }
        };
    factory =
        SessionFactories.on(database)
            .with("hibernate.cache.region.factory_class", regionFactory)
            .with("hibernate.javax.cache.cache_manager", caches.manager())
            .build(Shop.ENTITIES);
    factory.inTransaction(
        session -> {
          Category category = new Category(1, "tools");
          session.persist(category);
          Product product = new Product(1, "v0", 10);
          product.category = category;
          product.labels.add("red");
          session.persist(product);
        });
    everything();
  }

  @AfterEach
  void close() {
    factory.close();
    database.close();
    caches.close();
    log.close();
  }

  /** The product by id, by natural id and by query, with collections: all the ways to a cache. */
  private String everything() {
    return factory.fromTransaction(
        session -> {
          Product product = session.find(Product.class, "sku-1", KeyType.NATURAL);
          Category category = (Category) Hibernate.unproxy(session.find(Category.class, 1L));
          String queried =
              session
                  .createQuery("select p.name from Product p where p.id = 1", String.class)
                  .setCacheable(true)
                  .getSingleResult();
          return "%s %s %s %s %d"
              .formatted(
                  product.name, queried, product.labels, category.name, category.products.size());
        });
  }

  private void update(String name) {
    factory.inTransaction(
        session -> {
          Product product = session.find(Product.class, 1L);
          product.name = name;
          product.labels.clear();
          product.labels.add(name);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get",
        "put",
        "remove",
        "clear",
        "get,put",
        "put,remove",
        "remove,clear",
        "get,put,remove,clear,iterator"
      })
  void provider_fails_theApplicationGoesOn_andReadsTheTruth(String broken) {
    caches.breakDown(broken.split(","));

    update("v1");
    assertThat(everything()).isEqualTo("v1 v1 [v1] tools 1");
    factory.inTransaction(
        session -> session.createMutationQuery("update Product set name = 'v2'").executeUpdate());
    assertThat(everything()).isEqualTo("v2 v2 [v1] tools 1");
    factory.inTransaction(
        session -> session.createNativeMutationQuery("delete from Product_labels").executeUpdate());
    assertThat(everything()).isEqualTo("v2 v2 [] tools 1");
    try (var session = factory.openSession()) {
      session.beginTransaction();
      session.find(Product.class, 1L).name = "never";
      session.flush();
      session.getTransaction().rollback();
    }
    assertThat(everything()).isEqualTo("v2 v2 [] tools 1");
    Freshet.of(factory).evict(Product.class, 1L);
    Freshet.of(factory).evictAll();
    assertThat(Freshet.of(factory).status().regions()).isNotEmpty();
    factory.getCache().evictAllRegions();

    caches.repair();
    assertThat(everything()).as("repaired, perhaps not open yet").isEqualTo("v2 v2 [] tools 1");
    ahead.addAndGet(TimeUnit.SECONDS.toNanos(2));
    update("v3");
    assertThat(everything()).isEqualTo("v3 v3 [v3] tools 1");
    assertThat(everything()).isEqualTo("v3 v3 [v3] tools 1");
  }

  @Test
  void removal_fails_closesTheRegion_andAClearOpensItAgain() {
    caches.breakDown("remove", "clear");
    update("v1");
    assertThat(everything()).isEqualTo("v1 v1 [v1] tools 1");
    caches.repair();

    long hits = hits();
    assertThat(everything()).isEqualTo("v1 v1 [v1] tools 1");
    assertThat(hits()).as("the region is closed").isEqualTo(hits);

    ahead.addAndGet(TimeUnit.SECONDS.toNanos(2));
    everything(); // opens the region; this transaction began before
    everything();
    everything();
    assertThat(hits()).as("open again").isGreaterThan(hits);
    assertThat(log.ids()).contains("FRESHET-012", "FRESHET-013");
  }

  private long hits() {
    return Freshet.of(factory).status().region(Product.class.getName()).hits();
  }

  @Test
  void manager_closedUnderWay_theApplicationGoesOn() {
    caches.close();

    update("v1");
    assertThat(everything()).isEqualTo("v1 v1 [v1] tools 1");
  }
}
