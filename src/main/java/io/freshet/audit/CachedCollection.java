package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.Sighting;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.hibernate.cache.spi.entry.CollectionCacheEntry;
import org.hibernate.collection.spi.PersistentCollection;
import org.hibernate.engine.spi.CollectionKey;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.metamodel.CollectionClassification;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * A collection. Its owner is loaded anew, and it with it. The order counts in lists and arrays;
 * where only SQL orders, rows that compare equal may come in any order, so a difference of order
 * alone says nothing.
 */
record CachedCollection(
    Reader reader,
    FreshetRegion cacheRegion,
    Object cacheKey,
    CacheKey stored,
    CollectionPersister role)
    implements InRegion {

  private static final int MOST_DIFFERENCES = 10;

  @Override
  public Kind kind() {
    return Kind.COLLECTION;
  }

  @Override
  public String name() {
    return role.getRole();
  }

  @Override
  public Comparison compare(Sighting sighting) {
    PluralAttributeMapping attribute = role.getAttributeMapping();
    if (attribute == null
        || !attribute.getKeyDescriptor().getTargetPart().isEntityIdentifierMapping()) {
      return Comparison.unknown(Reason.UNSUPPORTED);
    }
    EntityPersister owner = role.getOwnerEntityPersister();
    return reader.read(
        stored.tenant(),
        (session, lens) -> {
          Serializable id = (Serializable) stored.id();
          if (CachedEntity.load(session, owner, id) == null) {
            return Comparison.unknown(Reason.UNREACHABLE);
          }
          initialize(session, owner.getIdentifierType().assemble(id, session, null));
          Object loaded = lens.loaded(cacheRegion.getName(), cacheKey);
          return loaded == null
              ? Comparison.unknown(Reason.UNSUPPORTED)
              : compare(elements(sighting.value()), elements(loaded));
        });
  }

  private void initialize(SessionImplementor session, @Nullable Object key) {
    if (key == null) {
      return;
    }
    PersistentCollection<?> collection =
        session.getPersistenceContext().getCollection(new CollectionKey(role, key));
    if (collection != null && !collection.wasInitialized()) {
      session.initializeCollection(collection, false);
    }
  }

  private List<@Nullable Object> elements(Object value) {
    CollectionCacheEntry entry =
        (CollectionCacheEntry) role.getCacheEntryStructure().destructure(value, reader.factory());
    List<@Nullable Object> elements = new ArrayList<>();
    for (Serializable element : entry.getState()) {
      elements.add(Values.canonical(element));
    }
    return comesInPairs() ? pairs(elements) : elements;
  }

  private CollectionClassification classification() {
    return role.getCollectionSemantics().getCollectionClassification();
  }

  /** Maps hold keys and values, and bags with identifiers these and elements, in turn. */
  private boolean comesInPairs() {
    return switch (classification()) {
      case MAP, SORTED_MAP, ORDERED_MAP, ID_BAG -> true;
      default -> false;
    };
  }

  private boolean isIndexed() {
    return switch (classification()) {
      case LIST, ARRAY -> true;
      default -> false;
    };
  }

  private static List<@Nullable Object> pairs(List<@Nullable Object> flat) {
    List<@Nullable Object> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      pairs.add(Collections.unmodifiableList(Arrays.asList(flat.get(i), flat.get(i + 1))));
    }
    return pairs;
  }

  private Comparison compare(List<@Nullable Object> cached, List<@Nullable Object> database) {
    if (cached.equals(database)) {
      return Comparison.SAME;
    }
    if (!Values.isComparable(cached) || !Values.isComparable(database)) {
      return Comparison.unknown(Reason.INCOMPARABLE);
    }
    if (isIndexed()) {
      return new Comparison.Different(byIndex(cached, database), Optional.empty());
    }
    List<@Nullable Object> gone = Values.without(cached, database);
    List<@Nullable Object> missing = Values.without(database, cached);
    if (gone.isEmpty() && missing.isEmpty()) {
      return role.hasOrdering() ? Comparison.unknown(Reason.INDEFINITE) : Comparison.SAME;
    }
    List<Difference> differences = new ArrayList<>();
    gone.forEach(one -> add(differences, "element", one, null));
    missing.forEach(one -> add(differences, "element", null, one));
    return new Comparison.Different(differences, Optional.empty());
  }

  private List<Difference> byIndex(List<@Nullable Object> cached, List<@Nullable Object> database) {
    List<Difference> differences = new ArrayList<>();
    for (int i = 0; i < Math.max(cached.size(), database.size()); i++) {
      Object one = i < cached.size() ? cached.get(i) : null;
      Object other = i < database.size() ? database.get(i) : null;
      if (one == null ? other != null : !one.equals(other)) {
        add(differences, "element " + i, one, other);
      }
    }
    if (cached.size() != database.size() && differences.isEmpty()) {
      add(differences, "count", cached.size(), database.size());
    }
    return differences;
  }

  private void add(
      List<Difference> differences,
      String what,
      @Nullable Object cached,
      @Nullable Object database) {
    if (differences.size() < MOST_DIFFERENCES) {
      differences.add(new Difference(what, columns(), Values.text(cached), Values.text(database)));
    }
  }

  private String columns() {
    List<String> columns = new ArrayList<>();
    role.getAttributeMapping()
        .getElementDescriptor()
        .forEachSelectable((i, column) -> columns.add(column.getSelectionExpression()));
    return String.join(", ", columns);
  }
}
