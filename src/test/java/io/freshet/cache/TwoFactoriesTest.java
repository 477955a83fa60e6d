package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.Freshet;
import io.freshet.FreshetConfigurationException;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Note;
import io.freshet.testing.Shop.Product;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.cache.CacheManager;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two session factories of one JVM, with equal region names, over two databases. On H2. */
class TwoFactoriesTest {

  private static final AtomicInteger COUNTER = new AtomicInteger();

  private static SessionFactoryImplementor open(UnaryOperator<SessionFactories> settings) {
    return settings
        .apply(SessionFactories.on("jdbc:h2:mem:two" + COUNTER.incrementAndGet()))
        .build(Shop.ENTITIES);
  }

  private static SessionFactoryImplementor holding(
      String name, UnaryOperator<SessionFactories> settings) {
    SessionFactoryImplementor factory = open(settings);
    factory.inTransaction(session -> session.persist(new Product(1, name, 1)));
    name(factory);
    return factory;
  }

  private static String name(SessionFactoryImplementor factory) {
    return factory.fromTransaction(session -> session.find(Product.class, 1L).name);
  }

  private static long hits(SessionFactoryImplementor factory) {
    return Freshet.of(factory).status().region(Product.class.getName()).hits();
  }

  static Stream<UnaryOperator<SessionFactories>> sharedSettings() {
    return Stream.of(
        factories -> factories,
        factories ->
            factories.with("hibernate.javax.cache.uri", "io/freshet/cache/ehcache-by-value.xml"),
        factories ->
            factories.with(
                "hibernate.javax.cache.provider",
                "com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider"));
  }

  @ParameterizedTest
  @MethodSource("sharedSettings")
  void equalRegionNames_shareNoEntry_andOutliveEachOther(UnaryOperator<SessionFactories> settings) {
    try (SessionFactoryImplementor one = holding("one", settings)) {
      try (SessionFactoryImplementor other = holding("other", settings)) {
        assertThat(name(one)).isEqualTo("one");
        assertThat(name(other)).isEqualTo("other");
        other.getCache().evictAllRegions();
        assertThat(name(one)).isEqualTo("one");
        assertThat(hits(one)).isEqualTo(2);
      }
      assertThat(name(one)).isEqualTo("one");
      assertThat(hits(one)).as("still from the cache").isEqualTo(3);
    }
  }

  @Test
  void handedOverManager_asSecondFactory_isRefusedWithTheRemedy() {
    try (FaultyCaches caches = new FaultyCaches();
        SessionFactoryImplementor one =
            holding("one", f -> f.with("hibernate.javax.cache.cache_manager", caches.manager()))) {
      assertThatThrownBy(
              () -> open(f -> f.with("hibernate.javax.cache.cache_manager", caches.manager())))
          .isInstanceOf(FreshetConfigurationException.class)
          .hasMessageContaining("set another hibernate.cache.region_prefix");

      assertThat(name(one)).isEqualTo("one");
      assertThat(hits(one)).as("the refusal took nothing away").isEqualTo(1);
    }
  }

  @Test
  void handedOverManager_withRegionPrefixes_servesBoth() {
    try (FaultyCaches caches = new FaultyCaches()) {
      UnaryOperator<SessionFactories> shared =
          f -> f.with("hibernate.javax.cache.cache_manager", caches.manager());
      try (SessionFactoryImplementor one =
          holding("one", f -> shared.apply(f).with("hibernate.cache.region_prefix", "a"))) {
        try (SessionFactoryImplementor other =
            holding("other", f -> shared.apply(f).with("hibernate.cache.region_prefix", "b"))) {
          assertThat(name(one)).isEqualTo("one");
          assertThat(name(other)).isEqualTo("other");
          assertThat(caches.names())
              .contains("a." + Product.class.getName(), "b." + Product.class.getName());
        }
        assertThat(caches.names())
            .as("what was created is destroyed")
            .allMatch(n -> n.startsWith("a."));
        assertThat(name(one)).isEqualTo("one");
        assertThat(hits(one)).isEqualTo(2);
      }
      assertThat(caches.isClosed()).as("it is the user's").isFalse();
      assertThat(caches.names()).isEmpty();
    }
  }

  /** What a cache holds that outlived its session factory was true then. */
  @Test
  void cacheOfTheUsers_thatOutlivesItsFactory_isEmptyForTheNext() {
    try (FaultyCaches caches = new FaultyCaches()) {
      caches.cache(Product.class.getName());
      UnaryOperator<SessionFactories> shared =
          f -> f.with("hibernate.javax.cache.cache_manager", caches.manager());
      holding("old", shared).close();
      assertThat(caches.names()).as("not ours to destroy").contains(Product.class.getName());

      try (SessionFactoryImplementor next = open(shared)) {
        assertThat(Freshet.of(next).status().region(Product.class.getName()).entries()).isZero();
      }
    }
  }

  @Test
  void limits_ofSingleRegions_followTheUnprefixedName() {
    try (SessionFactoryImplementor factory =
        open(
            f ->
                f.with("hibernate.cache.region_prefix", "a")
                    .with("freshet.region." + Note.class.getName() + ".max_entries", 5))) {
      for (long id = 1; id <= 30; id++) {
        long note = id;
        factory.inTransaction(session -> session.persist(new Note(note, "n")));
        factory.inTransaction(session -> session.find(Note.class, note));
      }

      assertThat(Freshet.of(factory).status().region(Note.class.getName()).entries())
          .isBetween(1L, 5L);
    }
  }

  @Test
  void closed_theManagerOfItsOwn_isClosedToo() {
    SessionFactoryImplementor factory = open(f -> f);
    CacheManager manager =
        ((FreshetRegionFactory) factory.getCache().getRegionFactory()).getCacheManager();
    factory.close();

    assertThat(manager.isClosed()).isTrue();
  }

  /** Providers hold managers by class loader: it must not lead back to the session factory. */
  @Test
  void closed_neitherFactoryNorLoader_isKeptAlive() {
    WeakReference<?>[] references = openAndClose();

    org.awaitility.Awaitility.await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(references).allMatch(reference -> reference.get() == null);
            });
  }

  private static WeakReference<?>[] openAndClose() {
    SessionFactoryImplementor factory = holding("x", f -> f);
    FreshetRegionFactory regionFactory =
        (FreshetRegionFactory) factory.getCache().getRegionFactory();
    ClassLoader loader = regionFactory.getCacheManager().getClassLoader();
    factory.close();
    return new WeakReference<?>[] {new WeakReference<>(regionFactory), new WeakReference<>(loader)};
  }
}
