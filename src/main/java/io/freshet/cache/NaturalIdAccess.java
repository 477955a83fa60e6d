package io.freshet.cache;

import java.util.Comparator;
import org.hibernate.cache.cfg.spi.NaturalIdDataCachingConfig;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * From natural ids to identifiers. Hibernate believes such a resolution without looking at the
 * entity, so none is stored but one that was loaded.
 */
final class NaturalIdAccess extends RegionAccess implements NaturalIdDataAccess {

  NaturalIdAccess(FreshetRegion region, NaturalIdDataCachingConfig config) {
    super(region, config);
  }

  @Override
  @Nullable Comparator<Object> versions() {
    return null;
  }

  @Override
  public Object generateCacheKey(
      Object naturalIdValues, EntityPersister persister, SharedSessionContractImplementor session) {
    return region()
        .getEffectiveKeysFactory()
        .createNaturalIdKey(naturalIdValues, persister, session);
  }

  @Override
  public Object getNaturalIdValues(Object key) {
    return region().getEffectiveKeysFactory().getNaturalIdValues(key);
  }

  @Override
  public boolean insert(SharedSessionContractImplementor session, Object key, Object value) {
    return false;
  }

  @Override
  public boolean afterInsert(SharedSessionContractImplementor session, Object key, Object value) {
    return false;
  }

  @Override
  public boolean update(SharedSessionContractImplementor session, Object key, Object value) {
    return false;
  }

  @Override
  public boolean afterUpdate(
      SharedSessionContractImplementor session, Object key, Object value, @Nullable SoftLock lock) {
    unlockItem(session, key, lock);
    return false;
  }
}
