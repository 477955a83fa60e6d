package io.freshet;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cache.FreshetRegionFactory;
import io.freshet.testing.TestDatabase;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.Persistence;
import java.io.IOException;
import java.io.Reader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import javax.cache.CacheManager;
import org.hibernate.KeyType;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samples of {@code hibernate-config/}, as a user would copy them. */
class SampleConfigurationTest {

  private static final Path SAMPLES = Path.of("hibernate-config");

  @TempDir Path classes;
  private final TestDatabase database = TestDatabase.create();

  @AfterEach
  void close() {
    database.close();
  }

  @Entity(name = "Item")
  @Cacheable
  static class Item {
    @Id long id;
    String name;

    protected Item() {}

    Item(long id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** In the regions that the sample of Ehcache's configuration names. */
  @Entity(name = "Product")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE, region = "com.example.Product")
  @NaturalIdCache(region = "com.example.Product##NaturalId")
  static class Product {
    @Id long id;
    @NaturalId String sku;

    @ElementCollection
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE, region = "com.example.Product.tags")
    Set<String> tags = new TreeSet<>();

    protected Product() {}
  }

  @Entity(name = "Page")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE, region = "com.example.Page")
  static class Page {
    @Id long id;
    String text;

    protected Page() {}
  }

  /** What each of the tests' own settings replaces: where the database is. */
  private Map<String, Object> here(Class<?>... entities) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("jakarta.persistence.jdbc.url", database.url());
    settings.put("jakarta.persistence.jdbc.user", "postgres");
    settings.put("jakarta.persistence.jdbc.password", "");
    settings.put("hibernate.hbm2ddl.auto", "create");
    settings.put("hibernate.loaded_classes", Arrays.asList(entities));
    return settings;
  }

  private <T> T withClassPath(Callable<T> work) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      return work.call();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private void copy(String sample, String target) throws IOException {
    Path file = classes.resolve(target);
    Files.createDirectories(file.getParent());
    Files.copy(SAMPLES.resolve(sample), file);
  }

  private static void assertCaches(SessionFactory factory) {
    factory.inTransaction(session -> session.persist(new Item(1, "saw")));
    for (int i = 0; i < 3; i++) {
      factory.inTransaction(
          session -> assertThat(session.find(Item.class, 1L).name).isEqualTo("saw"));
    }
    assertThat(Freshet.of(factory).status().region(Item.class.getName()).hits()).isEqualTo(2);
  }

  @Test
  void persistenceXml_asCopied_boots() throws Exception {
    copy("persistence.xml", "META-INF/persistence.xml");
    try (EntityManagerFactory factory =
        withClassPath(() -> Persistence.createEntityManagerFactory("shop", here(Item.class)))) {
      assertCaches(factory.unwrap(SessionFactory.class));
      assertThat(Freshet.of(factory).status().settings())
          .containsEntry("freshet.feed", "auto")
          .containsEntry("freshet.region.max_entries", "10000")
          .containsEntry("freshet.region.ttl", "1h");
    }
  }

  @Test
  void hibernateProperties_asCopied_boots() throws Exception {
    Configuration configuration = new Configuration();
    try (Reader reader = Files.newBufferedReader(SAMPLES.resolve("hibernate.properties"))) {
      Properties sample = new Properties();
      sample.load(reader);
      configuration.addProperties(sample);
    }
    configuration.setProperty("hibernate.connection.url", database.url());
    configuration.setProperty("hibernate.connection.username", "postgres");
    configuration.setProperty("hibernate.hbm2ddl.auto", "create");
    try (SessionFactory factory =
        configuration.addAnnotatedClass(Item.class).buildSessionFactory()) {
      assertCaches(factory);
    }
  }

  /** What stands in the sample as a default is one; what is commented out is allowed. */
  @Test
  void hibernateProperties_statesTheDefaults() throws IOException {
    Properties sample = new Properties();
    Properties all = new Properties();
    String text = Files.readString(SAMPLES.resolve("hibernate.properties"));
    sample.load(new java.io.StringReader(text));
    all.load(new java.io.StringReader(text.replaceAll("(?m)^#(\\S+=)", "$1")));

    assertThat(FreshetSettings.from(asMap(sample)).inForce())
        .isEqualTo(FreshetSettings.from(Map.of()).inForce());
    assertThat(FreshetSettings.from(asMap(all)).regions())
        .containsOnlyKeys("com.example.Country", "com.example.Price");
  }

  private static Map<String, Object> asMap(Properties properties) {
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }

  @Test
  void ehcacheXml_asCopied_holdsTheRegions() throws Exception {
    copy("persistence.xml", "META-INF/persistence.xml");
    copy("ehcache.xml", "ehcache.xml");
    Map<String, Object> settings = here(Product.class, Page.class);
    settings.put("hibernate.javax.cache.uri", "ehcache.xml");
    settings.put("hibernate.javax.cache.missing_cache_strategy", "fail");
    settings.put("freshet.feed", "none");
    try (EntityManagerFactory factory =
        withClassPath(() -> Persistence.createEntityManagerFactory("shop", settings))) {
      SessionFactoryImplementor sessions = factory.unwrap(SessionFactoryImplementor.class);
      CacheManager manager =
          ((FreshetRegionFactory) sessions.getCache().getRegionFactory()).getCacheManager();
      assertThat(manager.getCacheNames())
          .containsExactlyInAnyOrder(
              "com.example.Product",
              "com.example.Product.tags",
              "com.example.Product##NaturalId",
              "com.example.Page",
              "default-query-results-region");
      database.execute(
          "insert into Product (id, sku) values (1, 'a')",
          "insert into Product_tags values (1, 'red')",
          "insert into Page (id, text) values (1, 'hello')");
      for (int i = 0; i < 2; i++) {
        sessions.inTransaction(
            session -> {
              Product product = session.find(Product.class, "a", KeyType.NATURAL);
              assertThat(product.tags).containsExactly("red");
              assertThat(session.find(Page.class, 1L).text).isEqualTo("hello");
            });
      }
      for (String region :
          List.of(
              "com.example.Product",
              "com.example.Product.tags",
              "com.example.Product##NaturalId",
              "com.example.Page")) {
        assertThat(Freshet.of(factory).status().region(region).hits()).as(region).isEqualTo(1);
      }
    }
  }
}
