package io.freshet.mapping;

import io.freshet.Names;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.entity.EntityPersister;

/**
 * Finds entities and tables by the names users give, or says which names come near. Thread-safe.
 */
public final class CacheNames {

  private CacheNames() {}

  /**
   * The entity of a class.
   *
   * @throws IllegalArgumentException if it is no entity of this factory; the message names the
   *     nearest ones
   */
  public static EntityPersister entity(SessionFactoryImplementor factory, Class<?> type) {
    // a proxy's or an enhanced class leads to the mapped class above it
    for (Class<?> one = type; one != null; one = one.getSuperclass()) {
      EntityPersister found = factory.getMappingMetamodel().findEntityDescriptor(one.getName());
      if (found != null) {
        return found;
      }
    }
    throw unknown(
        "entity",
        type.getName(),
        Names.nearest(type.getName(), entityNames(factory), TableMap.MOST_NEAR));
  }

  /**
   * The entity of a name: the full entity name, or the short one that HQL knows.
   *
   * @throws IllegalArgumentException if there is none, or several of that short name; the message
   *     names the nearest ones
   */
  public static EntityPersister entity(SessionFactoryImplementor factory, String name) {
    EntityPersister exact = factory.getMappingMetamodel().findEntityDescriptor(name);
    if (exact != null) {
      return exact;
    }
    List<EntityPersister> found = new ArrayList<>();
    Set<String> shortNames = new TreeSet<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> {
              shortNames.add(persister.getImportedName());
              if (persister.getImportedName().equals(name)) {
                found.add(persister);
              }
            });
    if (found.size() == 1) {
      return found.get(0);
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException(
          "several entities are named '"
              + name
              + "': give the full name of one of "
              + found.stream().map(EntityPersister::getEntityName).sorted().toList());
    }
    throw unknown(
        "entity",
        name,
        Names.nearest(
            name, name.indexOf('.') >= 0 ? entityNames(factory) : shortNames, TableMap.MOST_NEAR));
  }

  /**
   * The table of a name, qualified or not, in quotes or not.
   *
   * @throws IllegalArgumentException if nothing cached depends on such a table and no mapping names
   *     it; the message names the nearest ones
   */
  public static TableName table(TableMap map, String name) {
    if (!name.isBlank()) {
      TableName table = TableName.parse(name);
      if (map.maps(table) || map.names(table)) {
        return table;
      }
    }
    throw unknown("table", name, map.nearTableNames(name));
  }

  private static Set<String> entityNames(SessionFactoryImplementor factory) {
    Set<String> names = new TreeSet<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(persister -> names.add(persister.getEntityName()));
    return names;
  }

  private static IllegalArgumentException unknown(String kind, String name, List<String> near) {
    return new IllegalArgumentException(
        "unknown " + kind + " '" + name + "'" + (near.isEmpty() ? "" : ", nearest are " + near));
  }
}
