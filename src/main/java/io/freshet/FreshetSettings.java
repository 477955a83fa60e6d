package io.freshet;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Freshet's settings, read once at boot. Immutable.
 *
 * @param enabled {@value #ENABLED}: false gives Hibernate's own behaviour
 * @param feed where changes from outside come from
 * @param fanout the bus, and whether this node publishes on it
 * @param audit how the cache is compared with the database
 * @param maxKeys {@value #MAX_KEYS}: a statement that pins more rows of a table counts as one on
 *     the whole table
 * @param defaults what regions hold unless a setting for the region says otherwise
 * @param regions what was set for single regions, by unqualified region name
 */
public record FreshetSettings(
    boolean enabled,
    FeedSettings feed,
    FanoutSettings fanout,
    AuditSettings audit,
    int maxKeys,
    Region defaults,
    Map<String, RegionOverride> regions) {

  /** Whether Freshet does anything at all. */
  public static final String ENABLED = "freshet.enabled";

  /** The most rows of a table that one statement is traced to. */
  public static final String MAX_KEYS = "freshet.max_keys";

  /** The most entries of a region that Freshet creates. */
  public static final String REGION_MAX_ENTRIES = "freshet.region.max_entries";

  /** How long an entry of a region that Freshet creates may live. */
  public static final String REGION_TTL = "freshet.region.ttl";

  /** The default of {@value #MAX_KEYS}. */
  public static final int DEFAULT_MAX_KEYS = 1_000;

  /** The default of {@value #REGION_MAX_ENTRIES}. */
  public static final long DEFAULT_MAX_ENTRIES = 10_000;

  public FreshetSettings {
    regions = Map.copyOf(regions);
  }

  /**
   * Reads the {@code freshet.*} settings among all of a persistence unit's.
   *
   * @throws FreshetConfigurationException for an unknown name (with the nearest known one) or a
   *     value that is not allowed
   */
  public static FreshetSettings from(Map<String, ?> configuration) {
    return new SettingsReader(configuration).read();
  }

  /** The limits of one region. */
  public Region region(String unqualifiedName) {
    RegionOverride override = regions.get(unqualifiedName);
    return override == null ? defaults : override.over(defaults);
  }

  /** The settings in force, by name, as an operator would write them. */
  public Map<String, String> inForce() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(ENABLED, String.valueOf(enabled));
    all.put(FeedSettings.FEED, feed.kind().setting());
    feed.url().map(FeedSettings::withoutSecrets).ifPresent(url -> all.put(FeedSettings.URL, url));
    feed.user().ifPresent(user -> all.put(FeedSettings.USER, user));
    feed.password().ifPresent(password -> all.put(FeedSettings.PASSWORD, "***"));
    all.put(FeedSettings.TRACKING, feed.tracking().setting());
    all.put(FeedSettings.MAX_STALENESS, SettingsReader.format(feed.maxStaleness()));
    fanout.putInForce(all);
    audit.putInForce(all);
    all.put(MAX_KEYS, String.valueOf(maxKeys));
    all.put(REGION_MAX_ENTRIES, String.valueOf(defaults.maxEntries()));
    all.put(REGION_TTL, defaults.ttl().map(SettingsReader::format).orElse("none"));
    regions.forEach(
        (name, override) -> {
          Region region = override.over(defaults);
          String prefix = "freshet.region." + name;
          all.put(prefix + ".max_entries", String.valueOf(region.maxEntries()));
          all.put(prefix + ".ttl", region.ttl().map(SettingsReader::format).orElse("none"));
        });
    return all;
  }

  /**
   * The limits of a region that Freshet creates.
   *
   * @param maxEntries the most entries, at least 1
   * @param ttl how long an entry may live after it was stored; empty for no limit
   */
  public record Region(long maxEntries, Optional<Duration> ttl) {}

  /** What was set for one region; what is empty falls back to the defaults. */
  public record RegionOverride(Optional<Long> maxEntries, Optional<Duration> ttl) {
    Region over(Region defaults) {
      return new Region(
          maxEntries.orElse(defaults.maxEntries()), ttl.isPresent() ? ttl : defaults.ttl());
    }
  }
}
