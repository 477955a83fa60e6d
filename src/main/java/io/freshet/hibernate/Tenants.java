package io.freshet.hibernate;

import io.freshet.cache.CachingClock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The tenants whose entries the cache may hold. Thread-safe.
 *
 * <p>A cache key holds its tenant, and what a feed tells of a row does not: the row is evicted for
 * every tenant there is. So a tenant has to be known before anything is cached for it: its first
 * session makes it known, and only sessions whose snapshot is younger may fill the cache. What such
 * a session misses of a change was told after the tenant was known, and has stamped its keys.
 */
final class Tenants {

  /** With more of them a row's change costs its region rather than that many evictions. */
  private static final int MOST_KNOWN = 100;

  private final boolean multiTenant;
  private final CachingClock clock;
  private final Map<String, Long> knownSince = new ConcurrentHashMap<>();

  Tenants(boolean multiTenant, CachingClock clock) {
    this.multiTenant = multiTenant;
    this.clock = clock;
  }

  /** Whether a session of this tenant, with this caching timestamp, may fill the cache. */
  boolean isKnown(@Nullable String tenant, long timestamp) {
    if (!multiTenant || tenant == null) {
      return true;
    }
    Long since = knownSince.get(tenant);
    if (since == null) {
      since = knownSince.computeIfAbsent(tenant, first -> clock.now());
    }
    return timestamp > since;
  }

  /** Whether keys hold tenants. */
  boolean areMany() {
    return multiTenant;
  }

  /** Every tenant that the cache may hold entries of; empty if they are too many to go through. */
  Collection<String> all() {
    return knownSince.size() > MOST_KNOWN ? List.of() : List.copyOf(knownSince.keySet());
  }

  /** Whether {@link #all} answers with all of them. */
  boolean areCountable() {
    return knownSince.size() <= MOST_KNOWN;
  }
}
