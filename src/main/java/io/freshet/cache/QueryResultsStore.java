package io.freshet.cache;

import javax.cache.Cache;
import org.hibernate.cache.spi.support.StorageAccess;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * The results of queries. Whether one is still good, the timestamps of its tables tell; here only
 * results that hold uncommitted rows are kept out. Thread-safe.
 */
final class QueryResultsStore implements StorageAccess {

  private final RegionStore store;
  private final Gate gate;

  QueryResultsStore(String region, Cache<Object, Object> cache, CachingClock clock, Gate gate) {
    this.gate = gate;
    // an evicted result is not wrong but unwanted: nothing has to be refused afterwards
    this.store = new RegionStore(region, cache, clock, () -> {});
  }

  @Override
  public @Nullable Object getFromCache(Object key, SharedSessionContractImplementor session) {
    return store.isOpen() ? store.read(key) : null;
  }

  @Override
  public void putIntoCache(Object key, Object value, SharedSessionContractImplementor session) {
    if (gate.isOpen() && store.isOpen() && RegionAccess.context(session).mayPublish()) {
      store.write(key, value);
    }
  }

  @Override
  public boolean contains(Object key) {
    return store.isOpen() && store.read(key) != null;
  }

  @Override
  public void evictData() {
    store.clear();
  }

  @Override
  public void evictData(Object key) {
    store.remove(key);
  }

  @Override
  public void release() {
    // the region factory closes its cache manager
  }
}
