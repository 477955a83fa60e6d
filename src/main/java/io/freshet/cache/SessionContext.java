package io.freshet.cache;

import org.hibernate.cache.spi.CacheTransactionSynchronization;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What the cache must know of one session: when its snapshot began at the earliest, and what it has
 * written in its transaction. Used by the session's thread only.
 *
 * <p>The caching timestamp is the session's creation or the start of its transaction, whichever is
 * later, and so never younger than the database snapshot. Two exceptions make it older. A child
 * session on its parent's connection sees the parent's snapshot, whatever its own age. And a
 * transaction may begin on a connection on which the database has already begun one.
 */
public abstract class SessionContext implements CacheTransactionSynchronization {

  private final SharedSessionContractImplementor session;
  private final CachingClock clock;
  private volatile long timestamp;
  private @Nullable Lens lens;
  private @Nullable StoredQuery storedQuery;
  private @Nullable PendingQuery pendingQuery;
  private int queryDepth;

  /**
   * A query result that was stored.
   *
   * @param region the unqualified name of its region
   */
  public record StoredQuery(String region, QueryKey key) {}

  /** A result that Hibernate wants stored while the query at that depth still runs. */
  private record PendingQuery(int depth, Runnable store) {}

  /** For use from {@link SessionContexts}: the session is not complete yet. */
  protected SessionContext(SharedSessionContractImplementor session, CachingClock clock) {
    this.session = session;
    this.clock = clock;
    this.timestamp = clock.now();
  }

  /**
   * The context of a session.
   *
   * @return null if the session belongs to a session factory without Freshet
   */
  public static @Nullable SessionContext of(SharedSessionContractImplementor session) {
    return session.getCacheTransactionSynchronization() instanceof SessionContext context
        ? context
        : null;
  }

  /** Has what the session loads shown to the lens, and not cached. */
  final void lookThrough(Lens newLens) {
    lens = newLens;
  }

  /** What the session's loads are shown to; null for all sessions but those of an audit. */
  final @Nullable Lens lens() {
    return lens;
  }

  final void stored(StoredQuery query) {
    storedQuery = query;
  }

  /** Hibernate begins to run a query, perhaps for the sake of another one. */
  public final void queryBegins() {
    queryDepth++;
  }

  /**
   * The query has ended. Hibernate has its result stored even when reading it has failed, as far as
   * it came: only what has been read to its end is stored.
   */
  public final void queryEnds(boolean wasRead) {
    PendingQuery pending = pendingQuery;
    if (pending != null && pending.depth >= queryDepth) {
      pendingQuery = null;
      if (wasRead && pending.depth == queryDepth) {
        pending.store.run();
      }
    }
    queryDepth--;
  }

  /** Stores a result when its query has been read to its end; at once if none is running. */
  final void storeWhenRead(Runnable store) {
    if (queryDepth == 0) {
      store.run();
    } else {
      pendingQuery = new PendingQuery(queryDepth, store);
    }
  }

  /** The query result that this session has stored since it was last asked; null for none. */
  public final @Nullable StoredQuery takeStoredQuery() {
    StoredQuery query = storedQuery;
    storedQuery = null;
    return query;
  }

  /** The session. */
  protected final SharedSessionContractImplementor session() {
    return session;
  }

  /**
   * The context that owns the transaction: the parent's, where the session shares its parent's
   * connection; else this one.
   */
  public final SessionContext owner() {
    JdbcCoordinator coordinator = session.getJdbcCoordinator();
    if (coordinator.getJdbcSessionOwner() instanceof SharedSessionContractImplementor owner
        && owner != session) {
      SessionContext context = of(owner);
      return context == null || context == this ? this : context.owner();
    }
    return this;
  }

  @Override
  public final long getCachingTimestamp() {
    SessionContext owner = owner();
    return owner == this ? timestamp : Math.min(timestamp, owner.getCachingTimestamp());
  }

  @Override
  public void transactionJoined() {
    if (!snapshotIsOlder()) {
      timestamp = clock.now();
    }
  }

  /** Whether the database transaction that is being joined had begun before. */
  protected abstract boolean snapshotIsOlder();

  /**
   * Whether the running transaction may have changed what is cached under this key: then its own
   * reads ask the database.
   */
  public abstract boolean mayHaveChanged(String region, Object key);

  /** Whether the running transaction may have changed a table with this query space. */
  public abstract boolean mayHaveChanged(String querySpace);

  /**
   * Whether what this session reads now may be stored for others: it has written nothing that could
   * be part of it, and nothing that it does escapes observation.
   */
  public abstract boolean mayPublish();

  /** Whether the transaction that is completing has certainly changed nothing. */
  public abstract boolean isRolledBack();

  /** Whether the entry that Hibernate has built for its own update provably equals the row (G7). */
  public abstract boolean mayKeepUpdated(String region, Object key);

  /**
   * The session took a lock that its transaction's completion is to give back. Where completion is
   * cut off (by an application's callback that throws, say) this is what remembers the lock.
   */
  public void locked(FreshetRegion region, Object key, SoftLock lock) {}

  /** The key's row was written: evict on commit, forget on rollback. */
  public abstract void changed(String region, Object key);

  /** The query spaces were written by a flush, or are about to be by a statement. */
  public abstract void spacesWritten(String[] querySpaces);

  /** Hibernate has announced a statement that may change anything in this region. */
  public abstract void statementAnnounced(String region);
}
