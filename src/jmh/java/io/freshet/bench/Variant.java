package io.freshet.bench;

import io.freshet.cache.FreshetRegionFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Whose second-level cache is measured. Peers that are not on the class path by default are named
 * by their settings alone.
 */
enum Variant {
  NONE("no cache"),
  /** A ConcurrentHashMap that guards nothing and keeps everything: what can be had at most. */
  MAP("bare map"),
  FRESHET("Freshet"),
  FRESHET_NOTIFY("Freshet, notify"),
  FRESHET_WAL("Freshet, wal"),
  FRESHET_CAFFEINE("Freshet on Caffeine"),
  /** What Freshet takes for itself, and its store does not. */
  FRESHET_MAP("Freshet on a bare map"),
  EHCACHE("Ehcache as created"),
  EHCACHE_REFERENCE("Ehcache by reference"),
  /** What people do about other writers. */
  EHCACHE_TTL("Ehcache, TTL 5 s"),
  CAFFEINE("Caffeine as created"),
  CAFFEINE_REFERENCE("Caffeine by reference"),
  INFINISPAN("Infinispan local"),
  HAZELCAST("Hazelcast local"),
  REDISSON("Redisson");

  /** How long an entry lives in {@link #EHCACHE_TTL}. */
  static final int TTL_SECONDS = 5;

  private final String label;

  Variant(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  boolean isFreshet() {
    return name().startsWith("FRESHET");
  }

  /** Whether Freshet may be compared with it: caches that other people use. */
  boolean isPeer() {
    return !isFreshet() && this != NONE && this != MAP;
  }

  boolean hasFeed() {
    return this == FRESHET_NOTIFY || this == FRESHET_WAL;
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * What Hibernate is told.
   *
   * @param regions that have to be there before it boots, where they are not created by default
   * @param maxEntries of each region
   * @param redis where Redisson finds its server, or empty
   */
  Map<String, Object> settings(Set<String> regions, long maxEntries, String redis) {
    Map<String, Object> settings = new LinkedHashMap<>();
    if (isFreshet()) {
      settings.put(Settings.REGION_FACTORY, FreshetRegionFactory.class.getName());
      settings.put("freshet.tracking", "install");
      settings.put("freshet.region.max_entries", String.valueOf(maxEntries));
    } else {
      settings.put("freshet.enabled", "false");
    }
    switch (this) {
      case NONE -> settings.put("hibernate.cache.use_second_level_cache", "false");
      case MAP -> settings.put(Settings.REGION_FACTORY, MapRegionFactory.class.getName());
      case FRESHET -> settings.put("freshet.feed", "none");
      case FRESHET_NOTIFY -> settings.put("freshet.feed", "notify");
      case FRESHET_WAL -> settings.put("freshet.feed", "wal");
      case FRESHET_CAFFEINE, FRESHET_MAP -> settings.put("freshet.feed", "none");
      case INFINISPAN -> {
        settings.put(
            Settings.REGION_FACTORY, "org.infinispan.hibernate.cache.v6.InfinispanRegionFactory");
        settings.put(
            "hibernate.cache.infinispan.cfg",
            "org/infinispan/hibernate/cache/commons/builder/infinispan-configs-local.xml");
      }
      case HAZELCAST ->
          settings.put(
              Settings.REGION_FACTORY, "com.hazelcast.hibernate.HazelcastLocalCacheRegionFactory");
      case REDISSON -> {
        settings.put(Settings.REGION_FACTORY, "org.redisson.hibernate.RedissonRegionFactory");
        settings.put("hibernate.cache.redisson.config", Settings.redissonFile(redis));
      }
      case EHCACHE, EHCACHE_REFERENCE, EHCACHE_TTL, CAFFEINE, CAFFEINE_REFERENCE ->
          settings.put(Settings.REGION_FACTORY, "jcache");
    }
    Settings.provider(this, regions, maxEntries, settings);
    return settings;
  }
}
