package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.Freshet;
import io.freshet.FreshetConfigurationException;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Note;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.CacheManager;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cache.internal.NoCachingRegionFactory;
import org.hibernate.cache.jcache.MissingCacheStrategy;
import org.hibernate.cache.jcache.internal.JCacheRegionFactory;
import org.hibernate.cache.spi.RegionFactory;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the region factory at boot: on, off, refused, and nothing left behind. On H2. */
class FactoryBootTest {

  private static final AtomicInteger COUNTER = new AtomicInteger();

  private static SessionFactories h2() {
    return SessionFactories.on("jdbc:h2:mem:boot" + COUNTER.incrementAndGet());
  }

  private static RegionFactory regionFactory(SessionFactoryImplementor factory) {
    return factory.getCache().getRegionFactory();
  }

  @Entity(name = "Uncached")
  static class Uncached {
    @Id long id;
  }

  @Entity(name = "Transactional")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.TRANSACTIONAL)
  static class Transactional {
    @Id long id;
  }

  @Test
  void nothingConfigured_onH2_isActiveAndCaches() {
    try (SessionFactoryImplementor factory = h2().build(Shop.ENTITIES)) {
      assertThat(regionFactory(factory)).isInstanceOf(FreshetRegionFactory.class);
      factory.inTransaction(session -> session.persist(new Note(1, "hello")));
      for (int i = 0; i < 2; i++) {
        factory.inTransaction(session -> session.find(Note.class, 1L));
      }

      assertThat(Freshet.of(factory).status().region(Note.class.getName()).hits()).isEqualTo(1);
      assertThat(Freshet.of(factory).status().settings()).containsEntry("freshet.feed", "none");
    }
  }

  @Test
  void feedNotAccepted_warnsWithItsId() {
    try (CapturedLog log = CapturedLog.of("io.freshet.hibernate");
        SessionFactoryImplementor factory = h2().with("freshet.feed", "auto").build(Note.class)) {
      assertThat(factory.isOpen()).isTrue();
      assertThat(log.ids()).containsExactly("FRESHET-001");
    }
  }

  @Test
  void noCachedEntity_boots() {
    try (SessionFactoryImplementor factory = h2().build(Uncached.class)) {
      factory.inTransaction(session -> session.find(Uncached.class, 1L));
      Freshet.of(factory).evictAll();
      assertThat(Freshet.of(factory).status().regions()).isEmpty();
    }
  }

  static Stream<Object> namesOfFreshet() {
    return Stream.of(
        FreshetRegionFactory.class.getName(),
        FreshetRegionFactory.class,
        new FreshetRegionFactory());
  }

  @ParameterizedTest
  @MethodSource("namesOfFreshet")
  void freshetConfigured_inAnyForm_isActive(Object setting) {
    try (SessionFactoryImplementor factory =
        h2().with("hibernate.cache.region.factory_class", setting).build(Note.class)) {
      assertThat(Freshet.of(factory).status().regions()).hasSize(1);
    }
  }

  @Test
  void anotherRegionFactoryConfigured_wins() {
    try (SessionFactoryImplementor factory =
        h2().with("hibernate.cache.region.factory_class", "jcache")
            .with("hibernate.javax.cache.provider", "org.ehcache.jsr107.EhcacheCachingProvider")
            .build(Note.class)) {
      assertThat(regionFactory(factory).getClass()).isEqualTo(JCacheRegionFactory.class);
      assertThatThrownBy(() -> Freshet.of(factory))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another hibernate.cache.region.factory_class is set");
    }
  }

  @Test
  void secondLevelCacheSwitchedOff_staysOff() {
    try (SessionFactoryImplementor factory =
        h2().with("hibernate.cache.use_second_level_cache", "false")
            .with("hibernate.cache.use_query_cache", "false")
            .build(Note.class)) {
      assertThat(regionFactory(factory)).isInstanceOf(NoCachingRegionFactory.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "io.freshet.cache.FreshetRegionFactory"})
  void disabled_isHibernatesOwn(String regionFactory) {
    SessionFactories factories =
        h2().with("freshet.enabled", "false")
            .with("hibernate.javax.cache.provider", "org.ehcache.jsr107.EhcacheCachingProvider")
            .with("hibernate.javax.cache.missing_cache_strategy", "create");
    if (!regionFactory.isEmpty()) {
      factories.with("hibernate.cache.region.factory_class", regionFactory);
    }
    try (SessionFactoryImplementor factory = factories.build(Note.class)) {
      assertThat(regionFactory(factory).getClass()).isEqualTo(JCacheRegionFactory.class);
      assertThat(factory.getCache().getTimestampsCache().getClass().getName())
          .startsWith("org.hibernate.");
      assertThatThrownBy(() -> Freshet.of(factory)).hasMessageContaining("freshet.enabled=false");
    }
  }

  static Stream<Arguments> misconfigurations() {
    String uri = "hibernate.javax.cache.uri";
    String provider = "hibernate.javax.cache.provider";
    String strategy = "hibernate.javax.cache.missing_cache_strategy";
    String manager = "hibernate.javax.cache.cache_manager";
    return Stream.of(
        Arguments.of(uri, "no-such-ehcache.xml", uri + "=no-such-ehcache.xml: Couldn't load URI"),
        Arguments.of(uri, URI.create("nowhere.xml"), uri + "=nowhere.xml"),
        Arguments.of(uri, "logback-test.xml", "logback-test.xml"),
        Arguments.of(provider, "com.example.NoProvider", provider + "=com.example.NoProvider"),
        Arguments.of(strategy, "whatever", "give create, create-warn or fail"),
        Arguments.of(strategy, "fail", "there is no cache "),
        Arguments.of(strategy, MissingCacheStrategy.FAIL, "there is no cache "),
        Arguments.of(manager, "com.example.NoManager", manager + "=com.example.NoManager"),
        Arguments.of("freshet.region.ttl", Duration.ZERO, "freshet.region.ttl=PT0S"),
        Arguments.of("freshet.enabled", 1, "freshet.enabled=1 is not allowed: give true or false"),
        Arguments.of("freshet.max_keys", -1, "freshet.max_keys=-1 is not allowed"),
        Arguments.of("freshet.maxkeys", "1", "did you mean freshet.max_keys?"));
  }

  /** Whatever else is built, the first thing the user reads is the setting. */
  @ParameterizedTest
  @MethodSource("misconfigurations")
  void misconfiguration_failsTheBootWithItsReason(String name, Object value, String reason) {
    for (Class<?> entity : new Class<?>[] {Note.class, Uncached.class}) {
      for (boolean queryCache : new boolean[] {true, false}) {
        if (entity == Uncached.class && !queryCache && reason.startsWith("there is no cache")) {
          continue; // no region at all
        }
        SessionFactories factories =
            h2().with("hibernate.cache.use_query_cache", queryCache).with(name, value);
        assertThatThrownBy(() -> factories.build(entity).close())
            .as("%s, query cache %s", entity.getSimpleName(), queryCache)
            .isInstanceOf(FreshetConfigurationException.class)
            .hasMessageContaining(reason);
      }
    }
  }

  @Test
  void closedManager_isRefused() {
    FaultyCaches caches = new FaultyCaches();
    caches.close();

    assertThatThrownBy(
            () ->
                h2().with("hibernate.javax.cache.cache_manager", caches.manager())
                    .build(Note.class))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageContaining("hibernate.javax.cache.cache_manager is closed");
  }

  @Test
  void transactionalMapping_isRefused_andNothingStaysBehind() {
    try (FaultyCaches caches = new FaultyCaches()) {
      SessionFactories factories =
          h2().with("hibernate.javax.cache.cache_manager", caches.manager());
      assertThatThrownBy(() -> factories.build(Note.class, Transactional.class))
          .isInstanceOf(FreshetConfigurationException.class)
          .hasMessageContaining(Transactional.class.getName())
          .hasMessageContaining("Use READ_WRITE");

      assertThat(caches.names()).isEmpty();
      try (SessionFactoryImplementor factory = factories.build(Note.class)) {
        assertThat(factory.isOpen()).as("the names were given back").isTrue();
      }
    }
  }

  @Test
  void bootFails_theOwnManagerIsClosed() {
    CacheManager[] seen = new CacheManager[1];
    FreshetRegionFactory regionFactory =
        new FreshetRegionFactory() {
          @Override
          protected void prepareForUse(
              org.hibernate.boot.spi.SessionFactoryOptions options, Map<String, Object> settings) {
            super.prepareForUse(options, settings);
            seen[0] = getCacheManager();
          }
        };
    assertThatThrownBy(
            () ->
                h2().with("hibernate.cache.region.factory_class", regionFactory)
                    .build(Transactional.class))
        .isInstanceOf(FreshetConfigurationException.class);

    assertThat(seen[0].isClosed()).isTrue();
  }

  @Test
  void typedCache_isRefusedWithTheRemedy() {
    assertThatThrownBy(
            () ->
                h2().with("hibernate.javax.cache.uri", "io/freshet/cache/ehcache-typed.xml")
                    .build(Note.class))
        .isInstanceOf(FreshetConfigurationException.class)
        .hasMessageContaining("java.lang.Long")
        .hasMessageContaining("make both java.lang.Object");
  }

  @Test
  void settingForASingleRegion_thatDoesNothing_isWarnedOf() {
    try (CapturedLog log = CapturedLog.of(FreshetRegionFactory.class);
        SessionFactoryImplementor factory =
            h2().with("freshet.region.io.freshet.testing.Shop$Not.ttl", "1s").build(Note.class)) {
      assertThat(factory.isOpen()).isTrue();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN FRESHET-005: freshet.region.io.freshet.testing.Shop$Not has no effect")
          .contains("io.freshet.testing.Shop$Note");
    }
  }

  @Test
  void missingCaches_withCreateWarn_areWarnedOf() {
    try (CapturedLog log = CapturedLog.of(FreshetRegionFactory.class);
        SessionFactoryImplementor factory =
            h2().with("hibernate.cache.use_query_cache", false)
                .with("hibernate.javax.cache.missing_cache_strategy", "create-warn")
                .build(Note.class)) {
      assertThat(factory.isOpen()).isTrue();
      assertThat(log.ids()).containsExactly("FRESHET-004");
    }
  }

  @Test
  void twoSessionFactories_ofOneRegistry_theSecondIsRefusedAndTheFirstGoesOn() {
    StandardServiceRegistry registry =
        new StandardServiceRegistryBuilder()
            .applySetting("hibernate.connection.url", "jdbc:h2:mem:shared;DB_CLOSE_DELAY=-1")
            .applySetting("hibernate.hbm2ddl.auto", "update")
            .applySetting("freshet.feed", "none")
            .disableAutoClose()
            .build();
    try {
      SessionFactoryImplementor first = build(registry);
      first.inTransaction(session -> session.persist(new Note(1, "hello")));
      assertThatThrownBy(() -> build(registry))
          .isInstanceOf(FreshetConfigurationException.class)
          .hasMessageContaining("give each its own StandardServiceRegistry");

      for (int i = 0; i < 2; i++) {
        first.inTransaction(session -> session.find(Note.class, 1L));
      }
      assertThat(Freshet.of(first).status().region(Note.class.getName()).hits()).isEqualTo(1);
      first.close();

      try (SessionFactoryImplementor next = build(registry)) {
        assertThat(Freshet.of(next).status().region(Note.class.getName()).entries()).isZero();
      }
    } finally {
      StandardServiceRegistryBuilder.destroy(registry);
    }
  }

  private static SessionFactoryImplementor build(StandardServiceRegistry registry) {
    return (SessionFactoryImplementor)
        new MetadataSources(registry)
            .addAnnotatedClass(Note.class)
            .buildMetadata()
            .buildSessionFactory();
  }

  @Test
  void of_aFrameworksProxy_findsTheSessionFactory() {
    try (SessionFactoryImplementor factory = h2().build(Note.class)) {
      EntityManagerFactory proxy =
          (EntityManagerFactory)
              Proxy.newProxyInstance(
                  EntityManagerFactory.class.getClassLoader(),
                  new Class<?>[] {EntityManagerFactory.class},
                  (self, method, arguments) -> method.invoke(factory, arguments));

      assertThat(Freshet.of(proxy)).isSameAs(Freshet.of(factory));
    }
  }

  @Test
  void of_aClosedSessionFactory_saysSo() {
    SessionFactoryImplementor factory = h2().build(Note.class);
    factory.close();

    assertThatThrownBy(() -> Freshet.of(factory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void evict_ofNamesThatAreNotThere_listsTheNearest() {
    try (SessionFactoryImplementor factory = h2().build(Shop.ENTITIES)) {
      Freshet freshet = Freshet.of(factory);
      assertThatThrownBy(() -> freshet.evict(String.class, 1L))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Shop$");
      assertThatThrownBy(() -> freshet.evict(Note.class, "one"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("java.lang.Long");
      assertThatThrownBy(() -> freshet.evictTable("produkt"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Product");
    }
  }
}
