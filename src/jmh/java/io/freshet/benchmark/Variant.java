package io.freshet.benchmark;

import io.freshet.cache.FreshetRegionFactory;
import java.util.HashMap;
import java.util.Map;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.jsr107.Eh107Configuration;

/** Whose second-level cache is measured. */
public enum Variant {
  /** hibernate-jcache on Ehcache as it creates its regions by itself: by value. */
  jcacheDefault,

  /** hibernate-jcache on regions that Ehcache keeps on the heap, by reference. */
  jcacheByReference,

  /** Freshet as it comes, without a feed. */
  freshet,

  /** Freshet with {@code freshet.feed=notify}: each hit asks whether the lease still holds. */
  freshetFeed;

  private static final String PROVIDER = "org.ehcache.jsr107.EhcacheCachingProvider";
  private static final long MAX_ENTRIES = 20_000;

  Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>();
    if (this == freshet || this == freshetFeed) {
      settings.put("hibernate.cache.region.factory_class", FreshetRegionFactory.class.getName());
      settings.put("freshet.feed", this == freshet ? "none" : "notify");
      settings.put("freshet.tracking", "install");
      settings.put("freshet.region.max_entries", String.valueOf(MAX_ENTRIES));
      return settings;
    }
    settings.put("freshet.enabled", "false");
    settings.put("hibernate.cache.region.factory_class", "jcache");
    settings.put("hibernate.javax.cache.provider", PROVIDER);
    settings.put("hibernate.javax.cache.missing_cache_strategy", "create");
    if (this == jcacheByReference) {
      settings.put("hibernate.javax.cache.cache_manager", heapRegions());
    }
    return settings;
  }

  private static CacheManager heapRegions() {
    CachingProvider provider = Caching.getCachingProvider(PROVIDER);
    CacheManager manager =
        provider.getCacheManager(
            provider.getDefaultURI(),
            new ClassLoader(Variant.class.getClassLoader()) {},
            provider.getDefaultProperties());
    manager.createCache(
        Item.class.getName(),
        Eh107Configuration.fromEhcacheCacheConfiguration(
            CacheConfigurationBuilder.newCacheConfigurationBuilder(
                Object.class, Object.class, ResourcePoolsBuilder.heap(MAX_ENTRIES))));
    return manager;
  }
}
