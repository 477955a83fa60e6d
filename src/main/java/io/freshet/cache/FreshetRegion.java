package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.Message;
import io.freshet.cache.SoftLocks.Ticket;
import java.util.Comparator;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import org.hibernate.cache.cfg.spi.CollectionDataCachingConfig;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.cache.cfg.spi.NaturalIdDataCachingConfig;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.cache.spi.support.AbstractDomainDataRegion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A region of entities, collections and natural ids. Thread-safe; a hit takes no lock.
 *
 * <h2>Why nothing stale is served</h2>
 *
 * <p>An invalidation follows its commit and does, in this order: <b>(1)</b> stamp the guard,
 * <b>(2)</b> remove the entry. A load does: <b>(a)</b> take its caching timestamp, <b>(b)</b> read
 * the database, <b>(c)</b> ask guard and locks, <b>(d)</b> store the entry unsettled, <b>(e)</b>
 * ask again, <b>(f)</b> settle the entry, or remove it.
 *
 * <ul>
 *   <li>(a) before the commit: if (1) comes before (e), the load finds the stamp and withdraws. In
 *       between, readers find the entry unsettled, ask the guard themselves and turn away. If (1)
 *       comes after (e), then (2) comes after (d) and takes the entry away.
 *   <li>(a) after (1): the snapshot has the commit; the value is the new one.
 *   <li>(a) between commit and (1): the value is new too; it is refused without need.
 * </ul>
 *
 * <p>A writer takes a soft lock before its SQL, first publishing the lock and then removing the
 * entry, and so stands to loads as an invalidation does, with (1) read as "publish the lock". It
 * unlocks after its commit by (1), (2), and only then giving the lock back. After a rollback the
 * displaced entry is stored again like a load with its old timestamp. What a writer wrote itself is
 * stored under its own stamp, taken after its commit: it counts as loaded right after that.
 *
 * <p>A statement whose rows are not known raises a {@link Fence} just before the database commits
 * and lowers it after (1) and (2): the whole region is passed by for the length of a commit. With a
 * feed it leaves (1) and (2) to that, for exactly the rows that changed, and lowers the fence when
 * a barrier shows that they are done.
 *
 * <p>All regions of a session factory share a {@link Gate}, which bounds how long the feed may lag
 * behind.
 */
public final class FreshetRegion extends AbstractDomainDataRegion {

  private static final Logger LOG = LoggerFactory.getLogger(FreshetRegion.class);

  /** How long a transaction may take from a lock or fence to its end: as long as Hibernate's. */
  static final long LOCK_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final CachingClock clock;
  private final Gate gate;
  private final RegionStore store;
  private final Guard guard = new Guard();
  private final SoftLocks locks = new SoftLocks();
  private final Fence fence = new Fence();
  private final RegionCounters counters = new RegionCounters();

  FreshetRegion(
      DomainDataRegionConfig config,
      FreshetRegionFactory factory,
      Cache<Object, Object> cache,
      DomainDataRegionBuildingContext context) {
    super(config, factory, factory.keysFactory(), context);
    this.clock = factory.clock();
    this.gate = factory.gate();
    this.store = new RegionStore(getName(), cache, clock, () -> guard.raiseFloor(clock.now()));
    completeInstantiation(config, context);
  }

  /**
   * Serves a value.
   *
   * @param olderOnly serve only what was cached before the reader's transaction began, as
   *     READ_WRITE promises
   */
  @Nullable Object get(SessionContext context, Object key, boolean olderOnly) {
    if (context.lens() != null) {
      return null;
    }
    long lease = gate.lease();
    if (isOpen()
        && !context.mayHaveChanged(getName(), key)
        && store.read(key) instanceof Entry entry
        && (entry.isSettled() || isAdmissible(key, entry))
        && (!olderOnly || context.getCachingTimestamp() > entry.timestamp())
        && gate.holds(lease)) {
      counters.hit();
      return entry.value();
    }
    counters.miss();
    return null;
  }

  /**
   * Stores what was loaded, unless an entry is there that is as good.
   *
   * @param versions compares versions; null where there are none
   * @return whether it was stored
   */
  boolean load(
      SessionContext context,
      Object key,
      Object value,
      @Nullable Object version,
      @Nullable Comparator<Object> versions) {
    Lens lens = context.lens();
    if (lens != null) {
      lens.load(getName(), key, value);
      return false;
    }
    long timestamp = context.getCachingTimestamp();
    if (!gate.isOpen() || !isOpen() || !context.mayPublish() || !admits(key, timestamp)) {
      counters.refusedPut();
      return false;
    }
    if (store.read(key) instanceof Entry current
        && (current.isSettled() || isAdmissible(key, current))
        && !isOlder(current, version, versions)) {
      return false;
    }
    return publish(key, new Entry(value, version, timestamp));
  }

  private static boolean isOlder(
      Entry current, @Nullable Object version, @Nullable Comparator<Object> versions) {
    return versions != null
        && version != null
        && current.version() != null
        && versions.compare(current.version(), version) < 0;
  }

  /** Steps (d) to (f). */
  private boolean publish(Object key, Entry entry) {
    if (!store.write(key, entry)) {
      return false;
    }
    if (isOpen() && isAdmissible(key, entry)) {
      entry.settle();
      counters.put();
      return true;
    }
    store.remove(key);
    counters.refusedPut();
    return false;
  }

  /** Locks the key for a writer, before its SQL or just before its commit. */
  public SoftLock lock(Object key) {
    Ticket ticket = locks.acquire(key, clock.now() + LOCK_NANOS);
    if (store.read(key) instanceof Entry entry) {
      if (guard.admits(key, entry.timestamp())) {
        locks.displace(ticket, entry);
      }
      store.remove(key);
    }
    return ticket;
  }

  /**
   * Ends a writer's lock after its transaction.
   *
   * @param lock what {@link #lock} gave, or anything else if that was lost: then the key is evicted
   * @param rolledBack whether the transaction has certainly changed nothing
   */
  public void unlock(Object key, @Nullable SoftLock lock, boolean rolledBack, EvictionCause cause) {
    if (!(lock instanceof Ticket ticket)) {
      invalidate(key, cause);
    } else if (rolledBack) {
      restore(key, locks.releaseUnchanged(ticket));
    } else {
      invalidate(key, cause);
      locks.release(ticket);
    }
  }

  /** Whether a lock has not been given back yet, and has not expired. */
  public boolean holds(SoftLock lock) {
    return lock instanceof Ticket ticket && locks.isHeld(ticket);
  }

  private void restore(Object key, @Nullable Entry displaced) {
    if (displaced != null && admits(key, displaced.timestamp()) && store.read(key) == null) {
      publish(key, displaced.unsettledCopy());
    }
  }

  /**
   * Ends a writer's lock after its commit and stores what it wrote, if nobody else locked or
   * invalidated the key since the writer's transaction began.
   */
  boolean unlockAndPut(SessionContext context, Object key, Entry written, Ticket lock) {
    Guard.Claim claim = guard.claim(key, context.getCachingTimestamp(), clock.now());
    if (claim == null || !gate.isOpen() || !isOpen()) {
      unlock(key, lock, false, EvictionCause.FLUSH);
      counters.refusedPut();
      return false;
    }
    Entry entry = new Entry(written.value(), written.version(), claim.admitted());
    boolean stored = store.write(key, entry);
    boolean sole = locks.release(lock);
    if (stored && sole && isOpen() && guard.isUntouchedSince(claim)) {
      entry.settle();
      counters.put();
      return true;
    }
    invalidate(key, EvictionCause.FLUSH);
    counters.refusedPut();
    return false;
  }

  /** Makes sure that nothing older than now is ever served for the key. */
  public void invalidate(Object key, EvictionCause cause) {
    guard.stamp(key, clock.now());
    store.remove(key);
    counters.eviction(cause);
  }

  /** Makes sure that nothing older than now is ever served from the region. */
  public void invalidateAll(EvictionCause cause) {
    guard.raiseFloor(clock.now());
    store.clear();
    counters.eviction(cause);
  }

  /** Stores nothing any more that was read before now; what is stored already stays. */
  public void refuseEarlierReads() {
    guard.raiseFloor(clock.now());
  }

  /**
   * Keeps readers out, because the database is about to commit.
   *
   * @return what lets them in again, after the commit has ended and the region has been invalidated
   *     if it had to be
   */
  public Runnable raiseFence() {
    return fence.raise(clock.now() + LOCK_NANOS);
  }

  boolean contains(Object key) {
    long lease = gate.lease();
    return isOpen()
        && store.read(key) instanceof Entry entry
        && isAdmissible(key, entry)
        && gate.holds(lease);
  }

  /** What a session would be served now; counted nowhere. */
  public @Nullable Sighting look(Object key) {
    long lease = gate.lease();
    return isOpen()
            && store.read(key) instanceof Entry entry
            && isAdmissible(key, entry)
            && gate.covers(lease)
        ? new Sighting(entry.value(), entry.timestamp())
        : null;
  }

  /**
   * The keys of the entries, in no order. Others may come and go meanwhile; may throw what the
   * JCache provider throws.
   */
  public Iterator<Object> keys() {
    return store.keys();
  }

  /** The counters of the region; counts its entries one by one. */
  public RegionStatus status() {
    return counters.snapshot(getName(), store.count());
  }

  private boolean isOpen() {
    if (fence.isRaised()) {
      long now = clock.now();
      if (!fence.hasExpired(now)) {
        return false;
      }
      invalidateAll(EvictionCause.FAILURE);
      if (fence.removeExpired(now)) {
        Message.FENCE_EXPIRED.warn(LOG, getName(), TimeUnit.NANOSECONDS.toSeconds(LOCK_NANOS));
      }
      if (fence.isRaised()) {
        return false;
      }
    }
    return store.isOpen();
  }

  private boolean isAdmissible(Object key, Entry entry) {
    return entry.isSettled() || admits(key, entry.timestamp());
  }

  /** Guard and locks together; an expired lock turns into a stamp here, and only then goes. */
  private boolean admits(Object key, long timestamp) {
    if (locks.isLocked(key)) {
      long now = clock.now();
      if (!locks.hasExpired(key, now)) {
        return false;
      }
      guard.stamp(key, now);
      if (locks.removeExpired(key, now)) {
        counters.eviction(EvictionCause.FAILURE);
        Message.LOCK_EXPIRED.warn(LOG, getName(), TimeUnit.NANOSECONDS.toSeconds(LOCK_NANOS));
      }
      return false;
    }
    return guard.admits(key, timestamp);
  }

  @Override
  protected EntityDataAccess generateEntityAccess(EntityDataCachingConfig config) {
    return new EntityAccess(this, config);
  }

  @Override
  protected CollectionDataAccess generateCollectionAccess(CollectionDataCachingConfig config) {
    return new CollectionAccess(this, config);
  }

  @Override
  protected NaturalIdDataAccess generateNaturalIdAccess(NaturalIdDataCachingConfig config) {
    return new NaturalIdAccess(this, config);
  }
}
