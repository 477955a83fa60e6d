package io.freshet.audit;

import io.freshet.EvictionCause;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.Sighting;
import org.jspecify.annotations.Nullable;

/** What is cached in a region of entities, collections or natural ids. For one thread. */
sealed interface InRegion extends Sample permits CachedEntity, CachedCollection, CachedNaturalId {

  /** Where it is cached. */
  FreshetRegion cacheRegion();

  /** What it is cached under, as the store has it. */
  Object cacheKey();

  /** What the key says. */
  CacheKey stored();

  @Override
  default String region() {
    return cacheRegion().getName();
  }

  @Override
  default String key() {
    return stored().text();
  }

  @Override
  default @Nullable Sighting look() {
    return cacheRegion().look(cacheKey());
  }

  @Override
  default void evict() {
    cacheRegion().invalidate(cacheKey(), EvictionCause.AUDIT);
  }
}
