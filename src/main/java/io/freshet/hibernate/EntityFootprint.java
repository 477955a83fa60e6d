package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.mapping.CacheNames;
import io.freshet.mapping.CollectionRows;
import io.freshet.mapping.EntityRows;
import io.freshet.mapping.Footprint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hibernate.binder.internal.TenantIdBinder;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** What goes when somebody evicts one entity by hand. Stateless. */
final class EntityFootprint {

  private final Node node;
  private final SessionFactoryImplementor factory;

  EntityFootprint(Node node) {
    this.node = node;
    this.factory = node.sessionFactory();
  }

  /**
   * The entity's entry, its collections, its natural-id resolutions, and queries on its tables.
   *
   * @throws IllegalArgumentException if the class is no entity, or this no identifier of it
   */
  Footprint of(Class<?> entity, Object id) {
    EntityPersister persister = CacheNames.entity(factory, entity);
    FootprintSum sum = new FootprintSum();
    rows(entity, id).forEach(row -> sum.add(node.tables().footprint(row, null)));
    if (isOfManyTenants()) {
      addCollections(persister, sum);
    }
    return sum.toFootprint();
  }

  /**
   * The rows that make up the entity and its collections; of several tenants, its tables.
   *
   * @throws IllegalArgumentException if the class is no entity, or this no identifier of it
   */
  List<Change> rows(Class<?> entity, Object id) {
    EntityPersister persister = CacheNames.entity(factory, entity);
    Object identifier = identifier(persister, id);
    if (isOfManyTenants()) {
      // no session is without a tenant, and the row may be any tenant's
      return Arrays.stream(persister.getQuerySpaces())
          .<Change>map(table -> TableChange.anything(TableName.parse((String) table)))
          .toList();
    }
    List<Change> rows = new ArrayList<>();
    factory.inStatelessSession(
        session -> {
          var implementor = (SharedSessionContractImplementor) session;
          rows.addAll(EntityRows.of(persister, identifier, implementor).deleted(null));
          rows.addAll(CollectionRows.ownedBy(persister, identifier, implementor));
        });
    return rows;
  }

  private boolean isOfManyTenants() {
    return factory.getSessionFactoryOptions().isMultiTenancyEnabled() || tenantsShareTables();
  }

  /** Whether rows of several tenants are in one table (TenantId): SQL may reach any of them. */
  private boolean tenantsShareTables() {
    return factory.getDefinedFilterNames().contains(TenantIdBinder.FILTER_NAME);
  }

  /** Any tenant's collections. */
  private void addCollections(EntityPersister persister, FootprintSum sum) {
    factory
        .getMappingMetamodel()
        .forEachCollectionDescriptor(
            collection -> {
              if (collection.hasCache()
                  && persister
                      .getRootEntityName()
                      .equals(collection.getOwnerEntityPersister().getRootEntityName())) {
                sum.addWhole(collection.getCacheAccessStrategy().getRegion().getName());
              }
            });
  }

  private static Object identifier(EntityPersister persister, Object id) {
    Object identifier;
    try {
      identifier = persister.getIdentifierMapping().getJavaType().coerce(id);
    } catch (RuntimeException e) {
      throw wrongIdentifier(persister, id, e);
    }
    if (!persister.getIdentifierType().getReturnedClass().isInstance(identifier)) {
      throw wrongIdentifier(persister, id, null);
    }
    return identifier;
  }

  private static IllegalArgumentException wrongIdentifier(
      EntityPersister persister, Object id, @Nullable RuntimeException cause) {
    return new IllegalArgumentException(
        "%s (%s) is no identifier of %s, which has %s"
            .formatted(
                id,
                id.getClass().getName(),
                persister.getEntityName(),
                persister.getIdentifierType().getReturnedClass().getName()),
        cause);
  }
}
