package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.FreshetStatus.RegionStatus;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * What happened to a region since it was created. Thread-safe; cheap to count, summed on demand.
 */
final class RegionCounters {

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder refusedPuts = new LongAdder();
  private final Map<EvictionCause, LongAdder> evictions = new EnumMap<>(EvictionCause.class);

  RegionCounters() {
    for (EvictionCause cause : EvictionCause.values()) {
      evictions.put(cause, new LongAdder());
    }
  }

  void hit() {
    hits.increment();
  }

  void miss() {
    misses.increment();
  }

  void put() {
    puts.increment();
  }

  void refusedPut() {
    refusedPuts.increment();
  }

  void eviction(EvictionCause cause) {
    Objects.requireNonNull(evictions.get(cause)).increment();
  }

  RegionStatus snapshot(String region, long entries) {
    Map<EvictionCause, Long> byCause = new EnumMap<>(EvictionCause.class);
    evictions.forEach((cause, count) -> byCause.put(cause, count.sum()));
    return new RegionStatus(
        region, entries, hits.sum(), misses.sum(), puts.sum(), refusedPuts.sum(), byCause);
  }
}
