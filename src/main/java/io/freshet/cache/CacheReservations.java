package io.freshet.cache;

import io.freshet.FreshetConfigurationException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import javax.cache.CacheManager;
import org.hibernate.cache.jcache.ConfigSettings;

/**
 * Which caches of a manager a session factory uses. One cache serves one session factory of a JVM:
 * each guards its own entries against its own writes only. Thread-safe.
 */
final class CacheReservations {

  /** The names in use, of all session factories; guarded by itself. */
  private static final Map<CacheManager, Set<String>> IN_USE = new WeakHashMap<>();

  private final CacheManager manager;
  private final Set<String> mine = new HashSet<>();

  CacheReservations(CacheManager manager) {
    this.manager = manager;
  }

  /**
   * Reserves a cache before it is looked up or created.
   *
   * @return false if it is reserved already for this session factory
   * @throws FreshetConfigurationException if it serves another one
   */
  boolean reserve(String name) {
    synchronized (IN_USE) {
      if (mine.contains(name)) {
        return false;
      }
      if (!IN_USE.computeIfAbsent(manager, m -> new HashSet<>()).add(name)) {
        throw new FreshetConfigurationException(
            "The cache %s of the given CacheManager already serves another session factory: set another hibernate.cache.region_prefix, or give each its own %s"
                .formatted(name, ConfigSettings.CACHE_MANAGER));
      }
      mine.add(name);
      return true;
    }
  }

  /** Gives every reserved name back. */
  void giveBack() {
    synchronized (IN_USE) {
      Set<String> names = IN_USE.get(manager);
      if (names != null) {
        names.removeAll(mine);
      }
      mine.clear();
    }
  }
}
