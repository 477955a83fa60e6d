package io.freshet;

import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeoutException;

/**
 * The handle on the cache of one session factory. Thread-safe.
 *
 * <p>Nothing has to be called for the cache to be right about what is written through the session
 * factory. These methods are for what it cannot see, and for looking inside.
 */
public interface Freshet {

  /**
   * The handle of this entity manager factory, which may be a framework's proxy.
   *
   * @throws IllegalStateException if Freshet is not active there, with the reasons there can be, or
   *     if the factory is closed
   */
  static Freshet of(EntityManagerFactory factory) {
    Objects.requireNonNull(factory, "factory");
    List<Locator> locators =
        ServiceLoader.load(Locator.class, Freshet.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
    return locators.stream()
        .flatMap(locator -> locator.find(factory).stream())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Freshet is not active in "
                        + factory
                        + ": it is not Hibernate's, another hibernate.cache.region.factory_class is set, the second-level"
                        + " cache is switched off, or "
                        + FreshetSettings.ENABLED
                        + "=false"));
  }

  /**
   * Evicts one entity: its entry, its collections, its natural-id resolutions, and cached queries
   * on its tables.
   *
   * @param entity the entity class or one of its subclasses
   * @param id the identifier
   * @throws IllegalArgumentException if the class is no mapped entity (with the nearest names), or
   *     the identifier cannot be one of its identifiers
   */
  void evict(Class<?> entity, Object id);

  /**
   * Evicts everything that depends on a table, mapped or used as a query space.
   *
   * @param table the table's name, with or without schema, in any case, optionally quoted
   * @throws IllegalArgumentException if nothing mapped uses the table, with the nearest names
   */
  void evictTable(String table);

  /** Evicts everything: entities, collections, natural ids and query results. */
  void evictAll();

  /**
   * As {@link #evict}, here and on every other node of the feed. When this returns, it has been
   * told to all of them: what is read there after a {@link #barrier} is not served from before.
   *
   * @throws IllegalArgumentException as {@link #evict} does
   * @throws IllegalStateException without a feed, or if the others could not be told (the cause
   *     says why); here it has been evicted all the same
   */
  void evictEverywhere(Class<?> entity, Object id);

  /**
   * As {@link #evictTable}, here and on every other node of the feed; see {@link #evictEverywhere}.
   *
   * @throws IllegalArgumentException as {@link #evictTable} does
   * @throws IllegalStateException as {@link #evictEverywhere} does
   */
  void evictTableEverywhere(String table);

  /**
   * As {@link #evictAll}, here and on every other node of the feed; see {@link #evictEverywhere}.
   *
   * @throws IllegalStateException as {@link #evictEverywhere} does
   */
  void evictAllEverywhere();

  /**
   * Waits until every commit that ended before this call, whoever made it, has been applied here:
   * what is read afterwards is at least as new. Costs one round trip through the feed, whatever the
   * number of entities.
   *
   * @param timeout how long to wait at most
   * @throws TimeoutException if that was not enough, with what keeps the feed back
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalStateException without a feed, which could not tell
   */
  void barrier(Duration timeout) throws TimeoutException, InterruptedException;

  /**
   * Compares a sample of what is cached with the database: entities, collections, natural ids and
   * results of cached queries, {@value AuditSettings#SAMPLES} at most, the next ones each time. One
   * connection, one statement at a time; no lock. An entry that is shown to be stale, or differs
   * where nothing can show it, is evicted and logged. Audits of one session factory run one after
   * the other, and this one waits for its turn.
   *
   * @return what was found; what could not be compared is counted there
   * @throws IllegalStateException if the session factory is closed
   */
  AuditReport audit();

  /** What has happened so far; counts the entries of every region. */
  FreshetStatus status();

  /**
   * Finds the handle of a session factory; implemented by Freshet itself. It keeps this package
   * free of Hibernate.
   */
  interface Locator {

    /** The handle, or empty where Freshet is not active. */
    Optional<Freshet> find(EntityManagerFactory factory);
  }
}
