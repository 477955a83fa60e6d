package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.mapping.EntityRows;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * The rows behind cache entries that Hibernate locked or evicted in a transaction without an event
 * for a change: a version that is incremented by force has none. Stateless.
 */
final class UntoldRows {

  private UntoldRows() {}

  /** The rows of the entities that this key of a region stands for; none if it is no entity's. */
  static List<Change> of(String region, Object key, SharedSessionContractImplementor session) {
    List<Change> rows = new ArrayList<>();
    session
        .getFactory()
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> {
              if (isRootIn(persister, region)) {
                Object id = persister.getCacheAccessStrategy().getCacheKeyId(key);
                // a region may be shared by entities with other identifiers
                if (persister.getIdentifierType().getReturnedClass().isInstance(id)) {
                  rows.addAll(EntityRows.of(persister, id, session).updated(null, null, null));
                }
              }
            });
    return rows;
  }

  private static boolean isRootIn(EntityPersister persister, String region) {
    EntityDataAccess access = persister.getCacheAccessStrategy();
    return access != null
        && persister.getEntityName().equals(persister.getRootEntityName())
        && access.getRegion().getName().equals(region);
  }
}
