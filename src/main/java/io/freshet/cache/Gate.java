package io.freshet.cache;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Whether the cache may answer at all. Thread-safe; looking through it takes no lock.
 *
 * <p>Without a feed it is always open. With one it is open for the length of a lease: from the
 * moment a barrier was sent that has come back, for as long as a hit may be stale. Nothing has to
 * run for it to close: a process that was stopped, or whose feed is silent, finds it closed.
 *
 * <h2>Order of events</h2>
 *
 * <p>A reader <b>(1)</b> notes the lease, <b>(2)</b> reads the store, <b>(3)</b> asks whether the
 * noted lease still holds. The feed <b>(a)</b> applies every commit that ended before a barrier was
 * sent, <b>(b)</b> grants the lease that counts from that sending. A lease noted in (1) was granted
 * in (b) before, so what (2) finds reflects the commits of (a); and at (3) these are all that ended
 * more than the bound ago. To ask once is not enough: a process that is stopped between asking and
 * reading would read what the feed, stopped as well, has not evicted.
 */
public final class Gate {

  /** The lease of a gate that needs none. */
  static final long ALWAYS = Long.MAX_VALUE;

  /** The lease of a closed gate. */
  static final long NEVER = Long.MIN_VALUE;

  private final LongSupplier clock;
  private final LongAdder bypassed = new LongAdder();
  private volatile long until = ALWAYS;

  Gate(LongSupplier clock) {
    this.clock = clock;
  }

  /** Step (1): to be noted before the store is read. */
  long lease() {
    return until;
  }

  /** Step (3). Counts the reader that is turned away. */
  boolean holds(long lease) {
    if (covers(lease)) {
      return true;
    }
    bypassed.increment();
    return false;
  }

  /** Step (3) for those who only look: nobody is counted. */
  boolean covers(long lease) {
    return lease == ALWAYS || clock.getAsLong() < lease;
  }

  /** Whether the cache may answer at this moment, and be filled. */
  public boolean isOpen() {
    return covers(until);
  }

  /**
   * Grants a lease to a gate that was closed once, unless a longer one is held. For one thread.
   *
   * @param untilNanos by {@link CachingClock}
   */
  public void openUntil(long untilNanos) {
    until = Math.max(until, untilNanos);
  }

  /** Closes at once, until the next lease; from now on the gate needs one. */
  public void close() {
    until = NEVER;
  }

  /** How many reads were turned away. */
  public long bypassed() {
    return bypassed.sum();
  }
}
