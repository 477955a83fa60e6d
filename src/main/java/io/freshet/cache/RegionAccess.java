package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.FreshetConfigurationException;
import java.util.Comparator;
import org.hibernate.cache.cfg.spi.DomainDataCachingConfig;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.access.AccessType;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What Hibernate's access to entities, collections and natural ids has in common. Thread-safe.
 *
 * <p>The three access types share one protocol, the strictest: writers lock, loads are guarded,
 * nothing is stored before commit. They differ in what they promise on top: READ_WRITE does not
 * show a transaction what was cached after it began, READ_ONLY refuses updates (Hibernate does
 * that).
 *
 * <p>Hibernate announces each HQL and native statement by {@code removeAll}, before the SQL runs,
 * and clears by {@code unlockRegion} afterwards, for regions that it can only guess. Here both do
 * no more than note the guess; what the statement really wrote is found from its SQL.
 */
abstract class RegionAccess implements CachedDomainDataAccess {

  private static final SoftLock REGION_LOCK = new SoftLock() {};

  private final FreshetRegion region;
  private final AccessType accessType;
  private final boolean strict;

  RegionAccess(FreshetRegion region, DomainDataCachingConfig config) {
    if (config.getAccessType() == AccessType.TRANSACTIONAL) {
      throw new FreshetConfigurationException(
          ("%s is mapped with CacheConcurrencyStrategy.TRANSACTIONAL, which a JCache cannot keep:"
                  + " it would go on serving what was rolled back. Use READ_WRITE")
              .formatted(config.getNavigableRole().getFullPath()));
    }
    this.region = region;
    this.accessType = config.getAccessType();
    this.strict = accessType == AccessType.READ_WRITE;
  }

  /** Compares versions, or null where there are none. */
  abstract @Nullable Comparator<Object> versions();

  @Override
  public final DomainDataRegion getRegion() {
    return region;
  }

  final FreshetRegion region() {
    return region;
  }

  @Override
  public final AccessType getAccessType() {
    return accessType;
  }

  @Override
  public final @Nullable Object get(SharedSessionContractImplementor session, Object key) {
    return region.get(context(session), key, strict);
  }

  @Override
  public final boolean putFromLoad(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object version) {
    return region.load(context(session), key, value, version, versions());
  }

  @Override
  public final boolean putFromLoad(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object version,
      boolean minimalPut) {
    return putFromLoad(session, key, value, version);
  }

  @Override
  public final SoftLock lockItem(
      SharedSessionContractImplementor session, Object key, @Nullable Object version) {
    SoftLock lock = region.lock(key);
    context(session).locked(region, key, lock);
    return lock;
  }

  @Override
  public final void unlockItem(
      SharedSessionContractImplementor session, Object key, @Nullable SoftLock lock) {
    region.unlock(key, lock, context(session).isRolledBack(), EvictionCause.FLUSH);
  }

  @Override
  public final void remove(SharedSessionContractImplementor session, Object key) {
    context(session).changed(region.getName(), key);
  }

  @Override
  public final void removeAll(SharedSessionContractImplementor session) {
    context(session).statementAnnounced(region.getName());
  }

  @Override
  public final SoftLock lockRegion() {
    return REGION_LOCK;
  }

  @Override
  public final void unlockRegion(@Nullable SoftLock lock) {
    // the session's own record of what it wrote decides
  }

  @Override
  public final boolean contains(Object key) {
    return region.contains(key);
  }

  @Override
  public final void evict(Object key) {
    region.invalidate(key, EvictionCause.REQUEST);
  }

  @Override
  public final void evictAll() {
    region.invalidateAll(EvictionCause.REQUEST);
  }

  static SessionContext context(SharedSessionContractImplementor session) {
    SessionContext context = SessionContext.of(session);
    if (context == null) {
      throw new IllegalStateException(
          "This region belongs to another session factory than the session " + session);
    }
    return context;
  }
}
