package io.freshet.cache;

import com.github.benmanes.caffeine.jcache.configuration.CaffeineConfiguration;
import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetSettings;
import io.freshet.Message;
import java.io.Serializable;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ExpiryPolicyBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.jsr107.Eh107Configuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the caches look that Freshet creates: by reference, bounded, expiring if so set. JCache
 * itself has no word for a size limit, so each provider is told in its own. Stateless.
 *
 * <p>By reference is safe: Hibernate's entries are disassembled copies. By value, JCache's default,
 * makes a hit several times slower (docs/performance.md).
 */
final class RegionCaches {

  private static final Logger LOG = LoggerFactory.getLogger(RegionCaches.class);
  private static final String EHCACHE = "org.ehcache.";
  private static final String CAFFEINE = "com.github.benmanes.caffeine.";

  private RegionCaches() {}

  /** The configuration of a region's cache, for the provider that the manager belongs to. */
  static Configuration<Object, Object> configuration(
      String region, FreshetSettings.Region limits, CacheManager manager) {
    String provider = manager.getCachingProvider().getClass().getName();
    if (provider.startsWith(EHCACHE)) {
      return Ehcache.configuration(limits);
    }
    if (provider.startsWith(CAFFEINE)) {
      return Caffeine.configuration(limits);
    }
    Message.REGION_NOT_BOUNDED.warn(
        LOG, region, provider, FreshetSettings.REGION_MAX_ENTRIES, limits.maxEntries());
    MutableConfiguration<Object, Object> plain = new MutableConfiguration<>();
    plain.setStoreByValue(false);
    limits.ttl().map(RegionCaches::expiry).ifPresent(plain::setExpiryPolicyFactory);
    return plain;
  }

  private static Factory<ExpiryPolicy> expiry(Duration ttl) {
    return CreatedExpiryPolicy.factoryOf(
        new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, ttl.toMillis()));
  }

  /**
   * The cache that the user configured for a region, or null.
   *
   * @throws FreshetConfigurationException if it cannot hold what a region holds
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // there is no class literal for Configuration<?, ?>
  static @Nullable Cache<Object, Object> find(CacheManager manager, String name) {
    Cache<Object, Object> cache;
    try {
      cache = manager.getCache(name);
    } catch (IllegalArgumentException e) {
      throw typed(name, e.getMessage(), e); // JCache 1.0: "specify the types"
    }
    if (cache == null) {
      return null;
    }
    @SuppressWarnings("unchecked") // there is no class literal for a parametrized type
    Configuration<Object, Object> configuration = cache.getConfiguration(Configuration.class);
    if (!isWide(configuration.getKeyType()) || !isWide(configuration.getValueType())) {
      throw typed(
          name,
          "it holds %s to %s"
              .formatted(
                  configuration.getKeyType().getName(), configuration.getValueType().getName()),
          null);
    }
    return cache;
  }

  private static boolean isWide(Class<?> type) {
    return type.isAssignableFrom(Serializable.class);
  }

  private static FreshetConfigurationException typed(
      String name, @Nullable String reason, @Nullable Throwable cause) {
    return new FreshetConfigurationException(
        "The cache %s is configured for other types than a region holds (%s): remove its key and value types, or make both java.lang.Object"
            .formatted(name, reason),
        cause);
  }

  /** Loaded only where Ehcache is the provider. */
  private static final class Ehcache {
    static Configuration<Object, Object> configuration(FreshetSettings.Region limits) {
      var builder =
          CacheConfigurationBuilder.newCacheConfigurationBuilder(
              Object.class, Object.class, ResourcePoolsBuilder.heap(limits.maxEntries()));
      if (limits.ttl().isPresent()) {
        builder = builder.withExpiry(ExpiryPolicyBuilder.timeToLiveExpiration(limits.ttl().get()));
      }
      return Eh107Configuration.fromEhcacheCacheConfiguration(builder);
    }
  }

  /** Loaded only where Caffeine is the provider. */
  private static final class Caffeine {
    static Configuration<Object, Object> configuration(FreshetSettings.Region limits) {
      CaffeineConfiguration<Object, Object> configuration = new CaffeineConfiguration<>();
      configuration.setStoreByValue(false);
      configuration.setMaximumSize(OptionalLong.of(limits.maxEntries()));
      limits
          .ttl()
          .ifPresent(ttl -> configuration.setExpireAfterWrite(OptionalLong.of(ttl.toNanos())));
      return configuration;
    }
  }
}
