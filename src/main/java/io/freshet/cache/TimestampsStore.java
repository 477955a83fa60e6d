package io.freshet.cache;

import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.cache.spi.support.StorageAccess;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * When each table was last written. To Hibernate a missing timestamp means "never", so this is a
 * plain map whatever cache is configured for the region: nothing expires, nothing is pushed out, no
 * provider can fail. It holds one number per table. Thread-safe.
 */
final class TimestampsStore implements StorageAccess {

  private final ConcurrentHashMap<Object, Object> timestamps = new ConcurrentHashMap<>();

  @Override
  public @Nullable Object getFromCache(
      Object key, @Nullable SharedSessionContractImplementor session) {
    return timestamps.get(key);
  }

  /** Keeps the younger timestamp: two commits may end in another order than they began. */
  @Override
  public void putIntoCache(
      Object key, Object value, @Nullable SharedSessionContractImplementor session) {
    timestamps.merge(key, value, (old, young) -> (Long) old > (Long) young ? old : young);
  }

  @Override
  public boolean contains(Object key) {
    return timestamps.containsKey(key);
  }

  @Override
  public void evictData() {
    // forgetting when a table was written would bring stale results back
  }

  @Override
  public void evictData(Object key) {
    // see evictData()
  }

  @Override
  public void release() {
    timestamps.clear();
  }
}
