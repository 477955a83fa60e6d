package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.cache.SoftLocks.Ticket;
import java.util.Comparator;
import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Entities. What a flush inserted is never stored, and what it updated only where it provably
 * equals the row (G7): the next reader loads what the database made of it.
 */
final class EntityAccess extends RegionAccess implements EntityDataAccess {

  private final @Nullable Comparator<Object> versions;

  EntityAccess(FreshetRegion region, EntityDataCachingConfig config) {
    super(region, config);
    this.versions = config.isVersioned() ? config.getVersionComparatorAccess().get() : null;
  }

  @Override
  @Nullable Comparator<Object> versions() {
    return versions;
  }

  @Override
  public Object generateCacheKey(
      Object id,
      EntityPersister persister,
      SessionFactoryImplementor factory,
      @Nullable String tenant) {
    return region().getEffectiveKeysFactory().createEntityKey(id, persister, factory, tenant);
  }

  @Override
  public Object getCacheKeyId(Object key) {
    return region().getEffectiveKeysFactory().getEntityId(key);
  }

  @Override
  public boolean insert(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object version) {
    return false;
  }

  @Override
  public boolean afterInsert(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object version) {
    return false;
  }

  @Override
  public boolean update(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object currentVersion,
      @Nullable Object previousVersion) {
    return false;
  }

  @Override
  public boolean afterUpdate(
      SharedSessionContractImplementor session,
      Object key,
      Object value,
      @Nullable Object currentVersion,
      @Nullable Object previousVersion,
      @Nullable SoftLock lock) {
    SessionContext context = context(session);
    if (lock instanceof Ticket ticket && context.mayKeepUpdated(region().getName(), key)) {
      return region().unlockAndPut(context, key, new Entry(value, currentVersion, 0), ticket);
    }
    region().unlock(key, lock, context.isRolledBack(), EvictionCause.FLUSH);
    return false;
  }
}
