package io.freshet.cache;

import org.hibernate.cache.spi.CacheImplementor;
import org.hibernate.cache.spi.TimestampsCache;
import org.hibernate.cache.spi.TimestampsCacheFactory;
import org.hibernate.cache.spi.TimestampsRegion;

/** What {@code hibernate.cache.query_cache_factory} is set to. Stateless. */
public final class QuerySpaceTimestampsFactory implements TimestampsCacheFactory {

  @Override
  public TimestampsCache buildTimestampsCache(CacheImplementor cache, TimestampsRegion region) {
    Gate gate =
        region.getRegionFactory() instanceof FreshetRegionFactory factory
            ? factory.gate()
            : new Gate(CachingClock.system()::now);
    return new QuerySpaceTimestamps(region, CachingClock.system(), gate);
  }
}
