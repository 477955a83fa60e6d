package io.freshet.demo;

import io.freshet.cache.FreshetRegionFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** What keeps the second-level cache. */
enum Engine {
  PLAIN("hibernate-jcache + Ehcache"),
  FRESHET("Freshet");

  private final String label;

  Engine(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  private Map<String, String> settings() {
    return switch (this) {
      // what its documentation recommends, and its remedy for stale collections
      case PLAIN ->
          Map.of(
              "freshet.enabled", "false",
              "hibernate.cache.region.factory_class", "jcache",
              "hibernate.javax.cache.provider", "org.ehcache.jsr107.EhcacheCachingProvider",
              "hibernate.javax.cache.missing_cache_strategy", "create",
              "hibernate.cache.auto_evict_collection_cache", "true");
      // as large as the other, whose regions have no bound
      case FRESHET ->
          Map.of(
              "hibernate.cache.region.factory_class", FreshetRegionFactory.class.getName(),
              "freshet.feed", "none",
              "freshet.region.max_entries", "1000000");
    };
  }

  /** The caller closes it. */
  SessionFactory start(DemoSchema.Target target, int connections) {
    Map<String, Object> all = new LinkedHashMap<>(settings());
    all.putAll(target.hibernateSettings());
    all.put("hibernate.connection.pool_size", connections);
    all.put("hibernate.default_schema", DemoSchema.NAME);
    all.put("hibernate.cache.use_second_level_cache", true);
    all.put("hibernate.cache.use_query_cache", true);
    all.put("hibernate.generate_statistics", true);
    Configuration configuration = new Configuration();
    all.forEach((name, value) -> configuration.getProperties().put(name, value));
    for (Class<?> entity : WebShop.ENTITIES) {
      configuration.addAnnotatedClass(entity);
    }
    return configuration.buildSessionFactory();
  }
}
