package io.freshet;

import java.util.List;
import java.util.Map;

/**
 * What Freshet has done for one session factory since it was built, and how it is set. Immutable; a
 * snapshot that may be out of date by the time it is read.
 *
 * @param settings the settings in force, by name
 * @param regions the regions of entities, collections and natural ids, by name
 */
public record FreshetStatus(Map<String, String> settings, List<RegionStatus> regions) {

  /**
   * One region.
   *
   * @param region its name, without prefix
   * @param entries how many entries its store holds
   * @param hits reads that were served
   * @param misses reads that were not: nothing there, or nothing that may be served
   * @param puts values that were stored
   * @param refusedPuts values that were not stored because they may have been stale or uncommitted
   * @param evictions keys and whole regions that were evicted, each counted once, by cause
   */
  public record RegionStatus(
      String region,
      long entries,
      long hits,
      long misses,
      long puts,
      long refusedPuts,
      Map<EvictionCause, Long> evictions) {}

  public FreshetStatus {
    settings = Map.copyOf(settings);
    regions = List.copyOf(regions);
  }

  /**
   * The region with this name.
   *
   * @throws IllegalArgumentException if there is none, with the names there are
   */
  public RegionStatus region(String name) {
    return regions.stream()
        .filter(region -> region.region().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "No region %s; there are %s"
                        .formatted(
                            name, regions.stream().map(RegionStatus::region).sorted().toList())));
  }
}
