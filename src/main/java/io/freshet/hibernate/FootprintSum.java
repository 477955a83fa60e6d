package io.freshet.hibernate;

import io.freshet.mapping.Footprint;
import io.freshet.mapping.RegionFootprint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Footprints added up over a transaction. More keys of one region than {@value #MOST_KEYS} count as
 * the whole region: it holds hardly more entries. Not thread-safe.
 */
final class FootprintSum {

  private static final int MOST_KEYS = 10_000;

  private final Map<String, Set<Object>> keys = new HashMap<>();
  private final Set<String> wholeRegions = new HashSet<>();
  private final Set<String> querySpaces = new HashSet<>();
  private boolean everything;

  void add(Footprint footprint) {
    everything |= footprint.everything();
    querySpaces.addAll(footprint.querySpaces());
    footprint.regions().forEach(this::add);
  }

  private void add(String region, RegionFootprint footprint) {
    if (footprint.whole()) {
      addWhole(region);
    } else if (!wholeRegions.contains(region)) {
      Set<Object> known = keys.computeIfAbsent(region, r -> new HashSet<>());
      known.addAll(footprint.keys());
      if (known.size() > MOST_KEYS) {
        addWhole(region);
      }
    }
  }

  void addWhole(String region) {
    wholeRegions.add(region);
    keys.remove(region);
  }

  void addKey(String region, Object key) {
    add(region, new RegionFootprint(false, Set.of(key)));
  }

  boolean isEmpty() {
    return !everything && keys.isEmpty() && wholeRegions.isEmpty() && querySpaces.isEmpty();
  }

  boolean reaches(String region, Object key) {
    return everything
        || wholeRegions.contains(region)
        || keys.getOrDefault(region, Set.of()).contains(key);
  }

  boolean reaches(String querySpace) {
    return everything || querySpaces.contains(querySpace);
  }

  /** The sum so far. */
  Footprint toFootprint() {
    if (everything) {
      return Footprint.EVERYTHING;
    }
    Map<String, RegionFootprint> regions = new HashMap<>();
    wholeRegions.forEach(region -> regions.put(region, RegionFootprint.WHOLE));
    keys.forEach((region, known) -> regions.put(region, new RegionFootprint(false, known)));
    return new Footprint(regions, querySpaces, false);
  }

  void clear() {
    everything = false;
    keys.clear();
    wholeRegions.clear();
    querySpaces.clear();
  }
}
