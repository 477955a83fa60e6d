package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.cache.RegionLab.Transaction;
import io.freshet.cache.SoftLocks.Ticket;
import io.freshet.testing.MapCache;
import java.lang.reflect.Proxy;
import java.util.function.LongSupplier;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.spi.SharedSessionDelegatorBaseImpl;

/** One key of a region on a {@link MapCache}, for tests of other packages. Thread-safe. */
public final class RegionDoor {

  private static final String KEY = "k";
  private static final SharedSessionContractImplementor SESSION = session();

  private final CachingClock clock;
  private final Gate gate;
  private final FreshetRegion region;

  /**
   * @param clock in nanoseconds
   * @param beforeReading runs on the thread that is about to read the store
   */
  public RegionDoor(LongSupplier clock, Runnable beforeReading) {
    this.clock = new CachingClock(clock);
    this.gate = new Gate(clock);
    this.region = RegionLab.region(new MapCache(beforeReading), this.clock, gate);
  }

  @SuppressWarnings("unchecked") // how Hibernate has declared its delegator
  private static SharedSessionContractImplementor session() {
    JdbcCoordinator ownedByNobodyElse =
        (JdbcCoordinator)
            Proxy.newProxyInstance(
                JdbcCoordinator.class.getClassLoader(),
                new Class<?>[] {JdbcCoordinator.class},
                (self, method, arguments) ->
                    switch (method.getName()) {
                      case "equals" -> self == arguments[0];
                      case "hashCode" -> 0;
                      case "toString" -> "coordinator";
                      default -> null;
                    });
    return new SharedSessionDelegatorBaseImpl(null) {
      @Override
      public JdbcCoordinator getJdbcCoordinator() {
        return ownedByNobodyElse;
      }
    };
  }

  /** A session whose transaction begins now. */
  public SessionContext begin() {
    return new Transaction(SESSION, clock);
  }

  /** Stores what the session has read, versioned by itself. */
  public void load(SessionContext session, long value) {
    region.load(session, KEY, value, value, (one, other) -> Long.compare((Long) one, (Long) other));
  }

  /** What the session is served; null for nothing. */
  public Long get(SessionContext session, boolean olderOnly) {
    return (Long) region.get(session, KEY, olderOnly);
  }

  public SoftLock lock() {
    return region.lock(KEY);
  }

  public void unlock(SoftLock lock, boolean rolledBack) {
    region.unlock(KEY, lock, rolledBack, EvictionCause.FLUSH);
  }

  public void unlockAndPut(SessionContext session, SoftLock lock, long written) {
    region.unlockAndPut(session, KEY, new Entry(written, written, 0), (Ticket) lock);
  }

  public void invalidate() {
    region.invalidate(KEY, EvictionCause.FEED);
  }

  public FreshetRegion region() {
    return region;
  }

  public Gate gate() {
    return gate;
  }
}
