package io.freshet.mapping;

import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * A region and how its keys are made. Thread-safe.
 *
 * @param region the region's name without prefix
 * @param multiTenant whether keys hold a tenant: without one, no key can be named
 * @param keys makes the key
 */
record Target(String region, boolean multiTenant, Keys keys) {

  /** Makes cache keys exactly as Hibernate does. */
  @FunctionalInterface
  interface Keys {
    Object of(Object id, @Nullable String tenant);
  }

  static Target of(EntityDataAccess access, EntityPersister persister) {
    SessionFactoryImplementor factory = persister.getFactory();
    return new Target(
        access.getRegion().getName(),
        Model.multiTenant(factory),
        (id, tenant) -> access.generateCacheKey(id, persister, factory, tenant));
  }

  static Target of(CollectionDataAccess access, CollectionPersister persister) {
    SessionFactoryImplementor factory = persister.getFactory();
    return new Target(
        access.getRegion().getName(),
        Model.multiTenant(factory),
        (key, tenant) -> access.generateCacheKey(key, persister, factory, tenant));
  }

  /** Natural-id keys need a session; one without state takes no connection until it is used. */
  static Target of(NaturalIdDataAccess access, EntityPersister persister) {
    SessionFactoryImplementor factory = persister.getFactory();
    return new Target(
        access.getRegion().getName(),
        Model.multiTenant(factory),
        (values, tenant) -> Model.naturalIdKey(access, persister, values, tenant));
  }

  /** Whether keys can be named for this tenant. */
  boolean keyed(@Nullable String tenant) {
    return !multiTenant || tenant != null;
  }

  Object key(Object id, @Nullable String tenant) {
    return keys.of(id, multiTenant ? tenant : null);
  }
}
