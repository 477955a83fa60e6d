package io.freshet.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.cfg.spi.EntityDataCachingConfig;
import org.hibernate.cache.cfg.spi.NaturalIdDataCachingConfig;
import org.hibernate.cache.spi.CacheKeysFactory;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.cache.spi.support.DomainDataRegionTemplate;
import org.hibernate.cache.spi.support.DomainDataStorageAccess;
import org.hibernate.cache.spi.support.EntityNonStrictReadWriteAccess;
import org.hibernate.cache.spi.support.RegionFactoryTemplate;
import org.hibernate.cache.spi.support.StorageAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;

/**
 * Regions that are a ConcurrentHashMap and nothing else: no guard, no locks, no bound, whatever
 * access an entity asks for. Nobody should use this; it is the ceiling for those that can be used.
 * Thread-safe.
 */
public final class MapRegionFactory extends RegionFactoryTemplate {

  private static final long serialVersionUID = 1L;

  /** For Hibernate. */
  public MapRegionFactory() {}

  @Override
  protected void prepareForUse(SessionFactoryOptions options, Map<String, Object> settings) {}

  @Override
  protected void releaseFromUse() {}

  @Override
  public DomainDataRegion buildDomainDataRegion(
      DomainDataRegionConfig config, DomainDataRegionBuildingContext context) {
    return new MapRegion(config, this, context);
  }

  @Override
  protected StorageAccess createQueryResultsRegionStorageAccess(
      String region, SessionFactoryImplementor factory) {
    return new MapStorage();
  }

  @Override
  protected StorageAccess createTimestampsRegionStorageAccess(
      String region, SessionFactoryImplementor factory) {
    return new MapStorage();
  }

  /** READ_WRITE as Hibernate's template has it takes a lock of the region for each hit. */
  private static final class MapRegion extends DomainDataRegionTemplate {

    MapRegion(
        DomainDataRegionConfig config,
        MapRegionFactory factory,
        DomainDataRegionBuildingContext context) {
      super(config, factory, new MapStorage(), factory.getImplicitCacheKeysFactory(), context);
    }

    @Override
    protected EntityDataAccess generateReadWriteEntityAccess(EntityDataCachingConfig config) {
      return new MapEntityAccess(this, getEffectiveKeysFactory(), getCacheStorageAccess(), config);
    }

    @Override
    protected NaturalIdDataAccess generateReadWriteNaturalIdAccess(
        NaturalIdDataCachingConfig config) {
      return generateNonStrictReadWriteNaturalIdAccess(config);
    }
  }

  /** Keeps what a flush wrote, as those do that can be used. */
  private static final class MapEntityAccess extends EntityNonStrictReadWriteAccess {

    MapEntityAccess(
        DomainDataRegion region,
        CacheKeysFactory keys,
        DomainDataStorageAccess storage,
        EntityDataCachingConfig config) {
      super(region, keys, storage, config);
    }

    @Override
    public boolean update(
        SharedSessionContractImplementor session,
        Object key,
        Object value,
        Object currentVersion,
        Object previousVersion) {
      return false;
    }

    @Override
    public boolean afterUpdate(
        SharedSessionContractImplementor session,
        Object key,
        Object value,
        Object currentVersion,
        Object previousVersion,
        SoftLock lock) {
      getStorageAccess().putIntoCache(key, value, session);
      return true;
    }
  }

  private static final class MapStorage implements DomainDataStorageAccess {

    private final ConcurrentHashMap<Object, Object> entries = new ConcurrentHashMap<>();

    @Override
    public Object getFromCache(Object key, SharedSessionContractImplementor session) {
      return entries.get(key);
    }

    @Override
    public void putIntoCache(Object key, Object value, SharedSessionContractImplementor session) {
      entries.put(key, value);
    }

    @Override
    public boolean contains(Object key) {
      return entries.containsKey(key);
    }

    @Override
    public void evictData() {
      entries.clear();
    }

    @Override
    public void evictData(Object key) {
      entries.remove(key);
    }

    @Override
    public void release() {
      entries.clear();
    }
  }
}
