package io.freshet.mapping;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What must go from the caches of one session factory: entries by key, whole regions, and cached
 * queries by query space. Immutable.
 *
 * @param regions by the region's name without the configured prefix, as {@code
 *     DomainDataRegion.getName()} tells it
 * @param querySpaces the strings by which cached queries may depend on what changed: each form in
 *     which Hibernate or a user may have written the table's name
 * @param everything true if all regions and all query spaces must go; the others are empty then
 */
public record Footprint(
    Map<String, RegionFootprint> regions, Set<String> querySpaces, boolean everything) {

  /** Nothing cached is touched. */
  public static final Footprint NOTHING = new Footprint(Map.of(), Set.of(), false);

  /** Anything cached may be touched. */
  public static final Footprint EVERYTHING = new Footprint(Map.of(), Set.of(), true);

  /**
   * @throws IllegalArgumentException if regions or spaces are given beside {@code everything}
   */
  public Footprint {
    if (everything && !(regions.isEmpty() && querySpaces.isEmpty())) {
      throw new IllegalArgumentException("everything and a list of regions exclude each other");
    }
    regions = Map.copyOf(regions);
    querySpaces = Set.copyOf(querySpaces);
  }

  /** Both together. */
  public Footprint plus(Footprint other) {
    if (everything || other.everything) {
      return EVERYTHING;
    }
    if (isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return this;
    }
    Map<String, RegionFootprint> bothRegions = new HashMap<>(regions);
    other.regions.forEach((name, region) -> bothRegions.merge(name, region, RegionFootprint::plus));
    Set<String> bothSpaces = new HashSet<>(querySpaces);
    bothSpaces.addAll(other.querySpaces);
    return new Footprint(bothRegions, bothSpaces, false);
  }

  /** All but this key; the same where the whole region must go. */
  public Footprint without(String region, Object key) {
    RegionFootprint touched = regions.get(region);
    if (touched == null || !touched.keys().contains(key)) {
      return this;
    }
    Map<String, RegionFootprint> others = new HashMap<>(regions);
    Set<Object> keys = new HashSet<>(touched.keys());
    keys.remove(key);
    if (keys.isEmpty()) {
      others.remove(region);
    } else {
      others.put(region, new RegionFootprint(false, keys));
    }
    return new Footprint(others, querySpaces, everything);
  }

  /** Whether nothing must go. */
  public boolean isEmpty() {
    return !everything && regions.isEmpty() && querySpaces.isEmpty();
  }
}
