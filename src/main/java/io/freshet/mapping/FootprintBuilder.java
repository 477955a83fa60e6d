package io.freshet.mapping;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Gathers one footprint. For one thread. */
final class FootprintBuilder {

  private final Map<String, Set<Object>> keys = new HashMap<>();
  private final Set<String> wholeRegions = new HashSet<>();
  private final Set<String> querySpaces = new HashSet<>();

  void region(String region) {
    wholeRegions.add(region);
  }

  void key(String region, Object key) {
    keys.computeIfAbsent(region, name -> new HashSet<>()).add(key);
  }

  void querySpace(String space) {
    querySpaces.add(space);
  }

  Footprint build() {
    Map<String, RegionFootprint> regions = new HashMap<>();
    keys.forEach((region, some) -> regions.put(region, new RegionFootprint(false, some)));
    wholeRegions.forEach(region -> regions.put(region, RegionFootprint.WHOLE));
    return new Footprint(regions, querySpaces, false);
  }
}
