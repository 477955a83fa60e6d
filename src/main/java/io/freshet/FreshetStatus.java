package io.freshet;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What Freshet has done for one session factory since it was built, and how it is set. Immutable; a
 * snapshot that may be out of date by the time it is read.
 *
 * @param settings the settings in force, by name
 * @param regions the regions of entities, collections and natural ids, by name
 * @param feed where changes from outside come from; empty without a feed
 * @param audit what audits have found; empty before the first
 */
public record FreshetStatus(
    Map<String, String> settings,
    List<RegionStatus> regions,
    Optional<FeedStatus> feed,
    Optional<AuditReport.Totals> audit) {

  /**
   * The feed, and whether the cache may answer.
   *
   * @param kind as the setting {@code freshet.feed} names it
   * @param open whether hits are served: a barrier has come back, and the lease has not run out
   * @param reason why no hits are served; empty if they are
   * @param lag how long the last barrier took from its sending to its return
   * @param sinceBarrier how long ago that barrier was sent; empty before the first
   * @param counts what has come through since the start
   */
  public record FeedStatus(
      String kind,
      boolean open,
      String reason,
      Duration lag,
      Optional<Duration> sinceBarrier,
      Counts counts) {

    /**
     * What has come through a feed since the start.
     *
     * @param resets how often everything was evicted because it could not be told what was missed;
     *     the first start counts
     * @param reconnects how often the stream broke off
     * @param messages messages from the database or the bus, barriers not counted
     * @param rows rows that they named
     * @param bypassed reads that were not served because the gate was closed
     */
    public record Counts(long resets, long reconnects, long messages, long rows, long bypassed) {}
  }

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
