package io.freshet.interleaving;

import io.freshet.cache.SoftLocksDoor;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.cache.spi.access.SoftLock;
import org.jetbrains.lincheck.datastructures.Operation;

/** Writers that hold the lock of one key, alone or together. */
public class SoftLocksSubject {

  private final SoftLocksDoor locks = new SoftLocksDoor();
  private final AtomicInteger holding = new AtomicInteger();
  private final AtomicInteger acquired = new AtomicInteger();
  private final AtomicInteger committed = new AtomicInteger();

  @Operation
  public String commit() {
    boolean others = holding.get() > 0;
    SoftLock lock = locks.acquire();
    holding.incrementAndGet();
    int since = acquired.incrementAndGet();
    boolean locked = locks.isLocked();
    others |= acquired.get() > since;
    holding.decrementAndGet();
    committed.incrementAndGet();
    boolean alone = locks.release(lock);
    if (!locked) {
      return "a held key was not locked";
    }
    return alone && others ? "took itself for alone" : Row.FINE;
  }

  @Operation
  public String rollBack() {
    boolean others = holding.get() > 0;
    SoftLock lock = locks.acquire();
    holding.incrementAndGet();
    int commits = committed.get();
    others |= holding.get() > 1;
    boolean mayHaveChanged = others && committed.get() > commits;
    holding.decrementAndGet();
    return locks.releaseUnchanged(lock) && mayHaveChanged
        ? "puts back what a commit has changed"
        : Row.FINE;
  }
}
