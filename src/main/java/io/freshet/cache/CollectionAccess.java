package io.freshet.cache;

import java.util.Comparator;
import org.hibernate.cache.cfg.spi.CollectionDataCachingConfig;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.jspecify.annotations.Nullable;

/** Collections: the identifiers (or values) of their elements, under the owner's key. */
final class CollectionAccess extends RegionAccess implements CollectionDataAccess {

  private final @Nullable Comparator<Object> ownerVersions;

  CollectionAccess(FreshetRegion region, CollectionDataCachingConfig config) {
    super(region, config);
    this.ownerVersions = config.isVersioned() ? config.getOwnerVersionComparator() : null;
  }

  @Override
  @Nullable Comparator<Object> versions() {
    return ownerVersions;
  }

  @Override
  public Object generateCacheKey(
      Object id,
      CollectionPersister persister,
      SessionFactoryImplementor factory,
      @Nullable String tenant) {
    return region().getEffectiveKeysFactory().createCollectionKey(id, persister, factory, tenant);
  }

  @Override
  public Object getCacheKeyId(Object key) {
    return region().getEffectiveKeysFactory().getCollectionId(key);
  }
}
