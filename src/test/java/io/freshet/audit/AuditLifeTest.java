package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.freshet.AuditReport.Reason;
import io.freshet.Freshet;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Set;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.hibernate.cache.jcache.ConfigSettings;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When an audit runs, who can ask for it, and what becomes of it at the end. */
class AuditLifeTest {

  private final TestDatabase database = TestDatabase.create();

  @AfterEach
  void drop() {
    database.close();
  }

  private SessionFactories settings() {
    return SessionFactories.on(database);
  }

  private void cacheOneProduct(SessionFactoryImplementor factory) {
    database.execute(
        "insert into product (id, sku, name, price) values (1, 'a', 'p', 10) on conflict do"
            + " nothing");
    factory.inTransaction(session -> session.find(Product.class, 1L));
  }

  private static Set<ObjectName> beans() throws Exception {
    return server().queryNames(new ObjectName("io.freshet:type=Audit,*"), null);
  }

  private static MBeanServer server() {
    return ManagementFactory.getPlatformMBeanServer();
  }

  private static boolean auditThreadRuns() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("freshet-audit"));
  }

  @Test
  void interval_auditsByItself_andEndsWithTheFactory() {
    try (SessionFactoryImplementor factory =
        settings().with("freshet.audit.interval", "100ms").build(Shop.ENTITIES)) {
      cacheOneProduct(factory);
      database.execute("update product set price = 11 where id = 1");

      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> Freshet.of(factory).status().audit().filter(t -> t.unproven() > 0).isPresent());
      assertThat(auditThreadRuns()).isTrue();
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> !auditThreadRuns());
  }

  @Test
  void noInterval_noThread_andNoTotals() {
    try (SessionFactoryImplementor factory = settings().build(Shop.ENTITIES)) {
      assertThat(auditThreadRuns()).isFalse();
      assertThat(Freshet.of(factory).status().audit()).isEmpty();
    }
  }

  @Test
  void closedFactory_auditIsRefused() {
    SessionFactoryImplementor factory = settings().build(Shop.ENTITIES);
    Freshet handle = Freshet.of(factory);
    factory.close();

    assertThatThrownBy(handle::audit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void twoFactories_haveABeanEach_untilTheyClose() throws Exception {
    Set<ObjectName> before = beans();
    try (SessionFactoryImplementor one = settings().build(Shop.ENTITIES);
        SessionFactoryImplementor other = settings().build(Shop.ENTITIES);
        SessionFactoryImplementor without =
            settings().with("freshet.jmx", false).build(Shop.ENTITIES)) {
      cacheOneProduct(one);
      Set<ObjectName> now = beans();
      now.removeAll(before);
      assertThat(now).hasSize(2);
      ObjectName bean =
          now.stream()
              .filter(name -> name.getKeyProperty("id").contains(one.getUuid()))
              .findFirst()
              .orElseThrow();

      Object report = server().invoke(bean, "audit", new Object[0], new String[0]);

      assertThat(report).asString().startsWith("{\"at\":").contains("\"fresh\":2");
      assertThat(server().getAttribute(bean, "LastReport")).isEqualTo(report);
      assertThat(server().getAttribute(bean, "Runs")).isEqualTo(1L);
      assertThat(server().getAttribute(bean, "Fresh")).isEqualTo(2L);
      assertThat(other.isOpen() && without.isOpen()).isTrue();
    }
    assertThat(beans()).isEqualTo(before);
  }

  @Test
  void samples_areBounded_andTheNextAuditTakesTheNextOnes() {
    try (SessionFactoryImplementor factory =
        settings().with("freshet.audit.samples", 3).build(Shop.ENTITIES)) {
      database.execute(
          "insert into customer (id, full_name) select i, 'c' from generate_series(1, 8) i");
      for (long id = 1; id <= 8; id++) {
        long one = id;
        factory.inTransaction(session -> session.find(Shop.Customer.class, one));
      }
      database.execute("update customer set full_name = 'd'");

      for (int run = 0; run < 4; run++) {
        assertThat(Freshet.of(factory).audit().samples()).isLessThanOrEqualTo(3);
      }
      assertThat(Freshet.of(factory).status().audit().orElseThrow().unproven()).isEqualTo(8);
    }
  }

  @Test
  void storeThatKeepsCopies_isAuditedAsWell_andCountersStay() {
    CacheManager manager =
        Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider")
            .getCacheManager(null, new ClassLoader(getClass().getClassLoader()) {});
    String region = Product.class.getName();
    manager.createCache(region, new MutableConfiguration<Object, Object>().setStoreByValue(true));
    try (SessionFactoryImplementor factory =
        settings().with(ConfigSettings.CACHE_MANAGER, manager).build(Shop.ENTITIES)) {
      cacheOneProduct(factory);
      var before = Freshet.of(factory).status().region(region);

      assertThat(Freshet.of(factory).audit().fresh()).isEqualTo(2);

      assertThat(Freshet.of(factory).status().region(region)).isEqualTo(before);
      database.execute("update product set price = 11 where id = 1");
      assertThat(Freshet.of(factory).audit().unproven()).hasSize(1);
      assertThat(factory.getCache().containsEntity(Product.class, 1L)).isFalse();
    } finally {
      manager.close();
    }
  }

  @Test
  void databaseUnreadable_isCountedAndLogged_andNothingIsThrown() {
    try (CapturedLog log = CapturedLog.of("io.freshet.audit");
        SessionFactoryImplementor factory = settings().build(Shop.ENTITIES)) {
      cacheOneProduct(factory);
      database.execute("alter table product rename to hidden");

      var report = Freshet.of(factory).audit();

      assertThat(report.notCompared()).isEqualTo(java.util.Map.of(Reason.FAILED, 2));
      assertThat(log.ids()).containsExactly("FRESHET-071");
      assertThat(Freshet.of(factory).status().audit().orElseThrow().failures()).isEqualTo(1);
      database.execute("alter table hidden rename to product");
      assertThat(Freshet.of(factory).audit().fresh()).isEqualTo(2);
    }
  }
}
