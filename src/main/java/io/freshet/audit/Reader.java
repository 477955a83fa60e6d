package io.freshet.audit;

import io.freshet.cache.Lens;
import java.time.Duration;
import org.hibernate.CacheMode;
import org.hibernate.FlushMode;
import org.hibernate.SessionBuilder;
import org.hibernate.cache.spi.QueryKey;
import org.hibernate.cache.spi.QueryResultsCache;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the database past the cache, each time with a session, a connection and a transaction of
 * its own, so that no snapshot is older than the call. Thread-safe.
 */
final class Reader {

  private final SessionFactoryImplementor factory;
  private final int patienceSeconds;
  private final boolean jta;

  /** Something done with a session whose loads a lens shows. */
  @FunctionalInterface
  interface Work<T> {
    T with(SessionImplementor session, Lens lens);
  }

  /**
   * @param patience for all statements of one reading: a table may be locked for as long as
   *     somebody likes
   */
  Reader(SessionFactoryImplementor factory, Duration patience) {
    this.factory = factory;
    this.patienceSeconds = Math.max(1, Math.toIntExact(patience.toSeconds()));
    this.jta =
        factory.getServiceRegistry().requireService(TransactionCoordinatorBuilder.class).isJta();
  }

  SessionFactoryImplementor factory() {
    return factory;
  }

  /**
   * Reads.
   *
   * @param tenant as cache keys hold it; null without tenants
   */
  <T> T read(@Nullable String tenant, Work<T> work) {
    try (SessionImplementor session = open(tenant)) {
      if (jta) {
        session.getJdbcCoordinator().setTransactionTimeOut(patienceSeconds);
        return work.with(session, Lens.on(session)); // each statement in a transaction of its own
      }
      session.getTransaction().setTimeout(patienceSeconds);
      session.beginTransaction();
      T result;
      try {
        result = work.with(session, Lens.on(session));
      } catch (RuntimeException | Error e) {
        rollback(session, e);
        throw e;
      }
      session.getTransaction().rollback(); // nothing was written, and nothing is to be flushed
      return result;
    }
  }

  private static void rollback(SessionImplementor session, Throwable cause) {
    try {
      session.getTransaction().rollback();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** Opens a cached query result; needs no connection. */
  Lens.@Nullable Rows open(
      @Nullable String tenant, QueryResultsCache cache, QueryKey key, Object result) {
    try (SessionImplementor session = open(tenant)) {
      return Lens.on(session).open(cache, key, result);
    }
  }

  private SessionImplementor open(@Nullable String tenant) {
    SessionBuilder builder =
        factory
            .withOptions()
            .initialCacheMode(CacheMode.REFRESH) // reads past the cache; what it puts, a lens takes
            .flushMode(FlushMode.MANUAL)
            .autoJoinTransactions(false);
    if (tenant != null) {
      builder.tenantIdentifier(factory.getTenantIdentifierJavaType().fromString(tenant));
    }
    SessionImplementor session = (SessionImplementor) builder.openSession();
    session.setDefaultReadOnly(true);
    return session;
  }
}
