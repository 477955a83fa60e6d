package io.freshet.cache;

import io.freshet.cache.SoftLocks.Ticket;
import org.hibernate.cache.spi.access.SoftLock;

/** The soft locks of one key, for tests of other packages. Thread-safe. */
public final class SoftLocksDoor {

  private static final String KEY = "k";
  private static final long NEVER = Long.MAX_VALUE;

  private final SoftLocks locks = new SoftLocks();

  /** Takes the lock and gives it something to put back. */
  public SoftLock acquire() {
    Ticket ticket = locks.acquire(KEY, NEVER);
    locks.displace(ticket, new Entry("displaced", null, 0));
    return ticket;
  }

  /** Whether the holder was alone. */
  public boolean release(SoftLock lock) {
    return locks.release((Ticket) lock);
  }

  /** Whether there is something to put back. */
  public boolean releaseUnchanged(SoftLock lock) {
    return locks.releaseUnchanged((Ticket) lock) != null;
  }

  public boolean isLocked() {
    return locks.isLocked(KEY);
  }
}
