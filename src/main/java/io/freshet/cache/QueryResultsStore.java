package io.freshet.cache;

import javax.cache.Cache;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.cache.spi.support.StorageAccess;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * The results of queries. Whether one is still good, the timestamps of its tables tell; here only
 * results that hold uncommitted rows are kept out. Thread-safe.
 */
public final class QueryResultsStore implements StorageAccess {

  private final String region;
  private final RegionStore store;
  private final Gate gate;

  QueryResultsStore(String region, Cache<Object, Object> cache, CachingClock clock, Gate gate) {
    this.region = region;
    this.gate = gate;
    // an evicted result is not wrong but unwanted: nothing has to be refused afterwards
    this.store = new RegionStore(region, cache, clock, () -> {});
  }

  @Override
  public @Nullable Object getFromCache(Object key, SharedSessionContractImplementor session) {
    Lens lens = RegionAccess.context(session).lens();
    if (lens != null) {
      return lens.shown();
    }
    return store.isOpen() ? store.read(key) : null;
  }

  @Override
  public void putIntoCache(Object key, Object value, SharedSessionContractImplementor session) {
    SessionContext context = RegionAccess.context(session);
    Lens lens = context.lens();
    if (lens != null) {
      lens.loadQuery(value);
      return;
    }
    context.storeWhenRead(
        () -> {
          if (gate.isOpen() && store.isOpen() && context.mayPublish()) {
            store.write(key, value);
            context.stored(new SessionContext.StoredQuery(region, (QueryKey) key));
          }
        });
  }

  /** What is stored under the key, good or not; counted nowhere. */
  public @Nullable Object look(QueryKey key) {
    return store.isOpen() ? store.read(key) : null;
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
