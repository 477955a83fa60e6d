package io.freshet.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.cache.spi.QueryResultsCache;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Makes one session see what Hibernate would cache of what it loads: that comes here, and the cache
 * is left as it is. For the session's thread only.
 *
 * <p>So the audit compares cache entries with cache entries, both made by Hibernate, whatever the
 * mapping.
 */
public final class Lens {

  private record Place(String region, Object key) {}

  private final SharedSessionContractImplementor session;
  private final Map<Place, Object> loaded = new HashMap<>();
  private @Nullable Object queryResult;
  private @Nullable Object shown;
  private long shownTimestamp;

  /**
   * The rows of a query's cached result.
   *
   * @param rows as Hibernate keeps them; the first may be their metadata
   * @param timestamp the caching timestamp under which they were read
   */
  public record Rows(List<?> rows, long timestamp) {}

  private Lens(SharedSessionContractImplementor session) {
    this.session = session;
  }

  /** From now on nothing that the session loads is cached. It must not write. */
  public static Lens on(SharedSessionContractImplementor session) {
    Lens lens = new Lens(session);
    RegionAccess.context(session).lookThrough(lens);
    return lens;
  }

  /** What would have been cached under this key; null for nothing. */
  public @Nullable Object loaded(String region, Object key) {
    return loaded.get(new Place(region, key));
  }

  /** All keys under which something would have been cached in the region. */
  public List<Object> loadedKeys(String region) {
    List<Object> keys = new ArrayList<>();
    loaded.forEach(
        (place, value) -> {
          if (place.region.equals(region)) {
            keys.add(place.key);
          }
        });
    return keys;
  }

  /** The query result that would have been cached last; null for none. */
  public @Nullable Object queryResult() {
    return queryResult;
  }

  /**
   * Opens a cached query result, whether it is still good or not: only Hibernate knows its form.
   *
   * @param result what the store holds
   */
  public @Nullable Rows open(QueryResultsCache cache, QueryKey key, Object result) {
    shown = result;
    try {
      List<?> rows = cache.get(key, Set.of(), session);
      return rows == null ? null : new Rows(rows, shownTimestamp);
    } finally {
      shown = null;
    }
  }

  void load(String region, Object key, Object value) {
    loaded.put(new Place(region, key), value);
  }

  void loadQuery(Object result) {
    queryResult = result;
  }

  @Nullable Object shown() {
    return shown;
  }

  /** Hibernate asks whether what is shown is still good: it is opened here, not used. */
  void asked(long timestamp) {
    shownTimestamp = timestamp;
  }
}
