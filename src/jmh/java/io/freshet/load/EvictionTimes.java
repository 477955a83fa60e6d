package io.freshet.load;

import java.io.Serializable;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.spi.CachingProvider;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.jsr107.Eh107Configuration;
import org.hibernate.cache.internal.BasicCacheKeyImplementation;

/**
 * A region of the user's own that notes when each account was removed from it, on the thread that
 * removes it: so nothing has to poll. Thread-safe.
 */
final class EvictionTimes implements AutoCloseable {

  private static final String PROVIDER = "org.ehcache.jsr107.EhcacheCachingProvider";

  private final AtomicLongArray removed;
  private final CacheManager manager;

  EvictionTimes(int rows) {
    removed = new AtomicLongArray(rows + 1);
    CachingProvider provider = Caching.getCachingProvider(PROVIDER);
    manager =
        provider.getCacheManager(
            provider.getDefaultURI(),
            new ClassLoader(EvictionTimes.class.getClassLoader()) {},
            provider.getDefaultProperties());
    Cache<Object, Object> cache =
        manager.createCache(
            Account.class.getName(),
            Eh107Configuration.fromEhcacheCacheConfiguration(
                CacheConfigurationBuilder.newCacheConfigurationBuilder(
                    Object.class, Object.class, ResourcePoolsBuilder.heap(rows * 2L))));
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(
            new FactoryBuilder.SingletonFactory<>(new Listener(removed)), null, false, true));
  }

  CacheManager manager() {
    return manager;
  }

  /** When the account was removed, by System.nanoTime; 0 if it was not. */
  long removed(int id) {
    return removed.get(id);
  }

  @Override
  public void close() {
    manager.close();
  }

  private record Listener(AtomicLongArray removed)
      implements CacheEntryRemovedListener<Object, Object>, Serializable {

    private static final long serialVersionUID = 1L;

    @Override
    public void onRemoved(Iterable<CacheEntryEvent<?, ?>> events)
        throws CacheEntryListenerException {
      long now = System.nanoTime();
      for (CacheEntryEvent<?, ?> event : events) {
        if (event.getKey() instanceof BasicCacheKeyImplementation key
            && key.getId() instanceof Long id) {
          removed.set((int) (long) id, now);
        }
      }
    }
  }
}
