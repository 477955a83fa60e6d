package io.freshet.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Refuses values that were read before an invalidation and arrive after it. Thread-safe, lock-free,
 * of fixed size.
 *
 * <p>A caching timestamp is taken before its session's database snapshot; an invalidation is
 * stamped after the commit it follows is visible. So a value whose timestamp is younger than the
 * last stamp of its key was read from a snapshot that has the commit. Two keys may share a slot:
 * then a value is refused that could have been stored, and is read from the database once more.
 *
 * <p>Each invalidation makes its stamp strictly greater, even within one tick of the clock, so that
 * whoever saw a stamp can tell whether another invalidation has come since. And it stamps one tick
 * more than the clock shows: so it exceeds the timestamp that a {@link Claim} of the same tick
 * gives to what was written.
 */
final class Guard {

  private static final int SLOTS = 4_096;

  private final AtomicLongArray stamps = new AtomicLongArray(SLOTS);
  private final AtomicLong floor = new AtomicLong();

  /** Whether a value read under this timestamp has no later invalidation of its key. */
  boolean admits(Object key, long timestamp) {
    return timestamp > stamps.get(slot(key)) && timestamp > floor.get();
  }

  /** Marks the key as invalidated now. To be called before the entry is removed. */
  void stamp(Object key, long now) {
    stamps.updateAndGet(slot(key), last -> Math.max(last, now) + 1);
  }

  /** Marks every key as invalidated now. To be called before the region is cleared. */
  void raiseFloor(long now) {
    floor.updateAndGet(last -> Math.max(last, now) + 1);
  }

  /**
   * Stamps the key on behalf of a writer that wants to store what it wrote.
   *
   * @return what {@link #isUntouchedSince} takes, or null if the key was invalidated by somebody
   *     else since the writer's transaction began
   */
  @Nullable Claim claim(Object key, long transactionStart, long now) {
    int slot = slot(key);
    while (true) {
      long floorSeen = floor.get();
      long stampSeen = stamps.get(slot);
      if (transactionStart <= stampSeen || transactionStart <= floorSeen || now <= stampSeen) {
        return null;
      }
      if (stamps.compareAndSet(slot, stampSeen, now)) {
        return new Claim(slot, now, floorSeen);
      }
    }
  }

  /** Whether nobody has invalidated the claimed key since the claim. */
  boolean isUntouchedSince(Claim claim) {
    return stamps.get(claim.slot) == claim.stamp && floor.get() == claim.floor;
  }

  private static int slot(Object key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 16) & SLOTS - 1;
  }

  /** A writer's stamp, and what else it saw. */
  record Claim(int slot, long stamp, long floor) {

    /** The oldest timestamp that the guard admits, until somebody else invalidates the key. */
    long admitted() {
      return stamp + 1;
    }
  }
}
