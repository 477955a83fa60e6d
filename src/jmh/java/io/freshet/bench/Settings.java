package io.freshet.bench;

import com.github.benmanes.caffeine.jcache.configuration.CaffeineConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ExpiryPolicyBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.jsr107.Eh107Configuration;

/** What the variants' settings are made of. Stateless. */
final class Settings {

  static final String REGION_FACTORY = "hibernate.cache.region.factory_class";

  private static final String EHCACHE = "org.ehcache.jsr107.EhcacheCachingProvider";
  private static final String CAFFEINE =
      "com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider";

  private Settings() {}

  /** The JCache provider, and its regions where they are not what Hibernate creates by itself. */
  static void provider(
      Variant variant, Set<String> regions, long maxEntries, Map<String, Object> settings) {
    switch (variant) {
      case FRESHET, FRESHET_NOTIFY, FRESHET_WAL, EHCACHE -> created(EHCACHE, settings);
      case FRESHET_CAFFEINE, CAFFEINE -> created(CAFFEINE, settings);
      case EHCACHE_REFERENCE -> given(EHCACHE, regions, ehcache(maxEntries, false), settings);
      case EHCACHE_TTL -> given(EHCACHE, regions, ehcache(maxEntries, true), settings);
      case CAFFEINE_REFERENCE -> given(CAFFEINE, regions, caffeine(maxEntries), settings);
      case FRESHET_MAP ->
          settings.put("hibernate.javax.cache.cache_manager", new MapCacheManager());
      case NONE, MAP, INFINISPAN, HAZELCAST, REDISSON -> {}
    }
  }

  private static void created(String provider, Map<String, Object> settings) {
    settings.put("hibernate.javax.cache.provider", provider);
    settings.put("hibernate.javax.cache.missing_cache_strategy", "create");
  }

  private static void given(
      String name,
      Set<String> regions,
      Configuration<Object, Object> cache,
      Map<String, Object> settings) {
    created(name, settings);
    CachingProvider provider = Caching.getCachingProvider(name);
    CacheManager manager =
        provider.getCacheManager(
            provider.getDefaultURI(),
            new ClassLoader(Settings.class.getClassLoader()) {},
            provider.getDefaultProperties());
    regions.forEach(region -> manager.createCache(region, cache));
    settings.put("hibernate.javax.cache.cache_manager", manager);
  }

  private static Configuration<Object, Object> ehcache(long maxEntries, boolean expires) {
    CacheConfigurationBuilder<Object, Object> cache =
        CacheConfigurationBuilder.newCacheConfigurationBuilder(
            Object.class, Object.class, ResourcePoolsBuilder.heap(maxEntries));
    return Eh107Configuration.fromEhcacheCacheConfiguration(
        expires
            ? cache.withExpiry(
                ExpiryPolicyBuilder.timeToLiveExpiration(Duration.ofSeconds(Variant.TTL_SECONDS)))
            : cache);
  }

  private static Configuration<Object, Object> caffeine(long maxEntries) {
    CaffeineConfiguration<Object, Object> cache = new CaffeineConfiguration<>();
    cache.setStoreByValue(false);
    cache.setMaximumSize(OptionalLong.of(maxEntries));
    return cache;
  }

  /** Redisson reads its server's address from a file. */
  static String redissonFile(String address) {
    try {
      Path file = Files.createTempFile("freshet-bench-redisson", ".yaml");
      file.toFile().deleteOnExit();
      Files.writeString(file, "singleServerConfig:\n  address: \"%s\"\n".formatted(address));
      return file.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
