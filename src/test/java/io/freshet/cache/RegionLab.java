package io.freshet.cache;

import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import org.hibernate.cache.cfg.spi.CollectionDataCachingConfig;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.cache.cfg.spi.NaturalIdDataCachingConfig;
import org.hibernate.cache.spi.CacheKeysFactory;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** One region without a session factory: its clock, its sessions and its store are the test's. */
final class RegionLab implements AutoCloseable {

  final AtomicLong now = new AtomicLong(1_000);
  final FaultyCaches caches = new FaultyCaches();
  final FreshetRegion region;

  RegionLab() {
    region = region(caches.cache("r"), new CachingClock(now::get), new Gate(now::get));
  }

  /** A region on a store, a clock and behind a gate of the test's. */
  static FreshetRegion region(Cache<Object, Object> store, CachingClock clock, Gate gate) {
    FreshetRegionFactory factory =
        new FreshetRegionFactory() {
          @Override
          public CachingClock clock() {
            return clock;
          }

          @Override
          public Gate gate() {
            return gate;
          }
        };
    return new FreshetRegion(new EmptyConfig(), factory, store, new NoContext());
  }

  /** The next tick of the clock. */
  long tick() {
    return now.incrementAndGet();
  }

  /** A transaction that begins now. */
  Transaction begin() {
    tick();
    return new Transaction(session(), new CachingClock(now::get));
  }

  /** Serves from the cache to a transaction that begins now, as NONSTRICT_READ_WRITE does. */
  Object hit(Object key) {
    return region.get(begin(), key, false);
  }

  private static SharedSessionContractImplementor session() {
    Object[] session = new Object[1];
    JdbcCoordinator coordinator =
        proxy(JdbcCoordinator.class, "getJdbcSessionOwner", () -> session[0]);
    session[0] =
        proxy(SharedSessionContractImplementor.class, "getJdbcCoordinator", () -> coordinator);
    return (SharedSessionContractImplementor) session[0];
  }

  private static <T> T proxy(
      Class<T> type, String known, java.util.function.Supplier<Object> answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals(known)) {
                return answer.get();
              }
              throw new UnsupportedOperationException(method.toString());
            }));
  }

  @Override
  public void close() {
    caches.close();
  }

  /** A session with its transaction, as far as a region asks. */
  static final class Transaction extends SessionContext {
    boolean wrote;
    final Set<Object> changedKeys = new HashSet<>();

    Transaction(SharedSessionContractImplementor session, CachingClock clock) {
      super(session, clock);
    }

    @Override
    public void transactionCompleting() {}

    @Override
    public void transactionCompleted(boolean successful) {}

    @Override
    protected boolean snapshotIsOlder() {
      return false;
    }

    @Override
    public boolean mayHaveChanged(String region, Object key) {
      return changedKeys.contains(key);
    }

    @Override
    public boolean mayHaveChanged(String querySpace) {
      return wrote;
    }

    @Override
    public boolean mayPublish() {
      return !wrote;
    }

    @Override
    public boolean isRolledBack() {
      return false;
    }

    @Override
    public boolean mayKeepUpdated(String region, Object key) {
      return true;
    }

    @Override
    public void changed(String region, Object key) {}

    @Override
    public void spacesWritten(String[] querySpaces) {}

    @Override
    public void statementAnnounced(String region) {}
  }

  private static final class EmptyConfig implements DomainDataRegionConfig {
    @Override
    public String getRegionName() {
      return "r";
    }

    @Override
    public List<EntityDataCachingConfig> getEntityCaching() {
      return List.of();
    }

    @Override
    public List<NaturalIdDataCachingConfig> getNaturalIdCaching() {
      return List.of();
    }

    @Override
    public List<CollectionDataCachingConfig> getCollectionCaching() {
      return List.of();
    }
  }

  private static final class NoContext implements DomainDataRegionBuildingContext {
    @Override
    public CacheKeysFactory getEnforcedCacheKeysFactory() {
      return null;
    }

    @Override
    public SessionFactoryImplementor getSessionFactory() {
      return null;
    }
  }
}
