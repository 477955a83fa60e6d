package io.freshet.bench;

import io.freshet.testing.MapCache;
import java.net.URI;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;

/**
 * Has a cache for each name, on a map and nothing else. What Freshet takes for itself shows on it,
 * and not what its store takes. Thread-safe.
 */
final class MapCacheManager implements CacheManager {

  private final Map<String, Cache<Object, Object>> caches = new ConcurrentHashMap<>();

  @Override
  @SuppressWarnings("unchecked") // there is one type of cache here
  public <K, V> Cache<K, V> getCache(String name) {
    return (Cache<K, V>) caches.computeIfAbsent(name, any -> new MapCache());
  }

  @Override
  public <K, V> Cache<K, V> getCache(String name, Class<K> keyType, Class<V> valueType) {
    return getCache(name);
  }

  @Override
  public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String name, C configuration) {
    return getCache(name);
  }

  @Override
  public CachingProvider getCachingProvider() {
    return Caching.getCachingProvider();
  }

  @Override
  public URI getURI() {
    return URI.create("map");
  }

  @Override
  public ClassLoader getClassLoader() {
    return MapCacheManager.class.getClassLoader();
  }

  @Override
  public Properties getProperties() {
    return new Properties();
  }

  @Override
  public Iterable<String> getCacheNames() {
    return caches.keySet();
  }

  @Override
  public void destroyCache(String name) {
    caches.remove(name);
  }

  @Override
  public void enableManagement(String name, boolean enabled) {
    // there is nothing to manage
  }

  @Override
  public void enableStatistics(String name, boolean enabled) {
    // there is nothing to count
  }

  @Override
  public void close() {
    caches.clear();
  }

  @Override
  public boolean isClosed() {
    return false;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(this);
  }
}
