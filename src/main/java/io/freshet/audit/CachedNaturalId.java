package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.Lens;
import io.freshet.cache.Sighting;
import java.util.ArrayList;
import java.util.List;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * From a natural id to an identifier. The entity with the identifier is loaded anew: it has this
 * natural id still, or the resolution is wrong, since no two entities have the same.
 */
record CachedNaturalId(
    Reader reader,
    FreshetRegion cacheRegion,
    Object cacheKey,
    CacheKey stored,
    EntityPersister root)
    implements InRegion {

  @Override
  public Kind kind() {
    return Kind.NATURAL_ID;
  }

  @Override
  public String name() {
    return root.getEntityName();
  }

  @Override
  public Comparison compare(Sighting sighting) {
    Object id = sighting.value();
    return reader.read(
        stored.tenant(),
        (session, lens) -> {
          if (session.internalLoad(root.getEntityName(), id, true, true) == null) {
            return different(null);
          }
          Object loaded = lens.loaded(region(), cacheKey);
          if (loaded != null && root.getIdentifierType().isEqual(loaded, id)) {
            return Comparison.SAME;
          }
          CacheKey now = naturalIdOf(id, lens);
          if (now != null) {
            return different(now.text());
          }
          // somebody else's, if it is anybody's: an entity that came with this one
          return loaded == null ? Comparison.unknown(Reason.UNSUPPORTED) : different(null);
        });
  }

  /** What the entity's natural id is now. */
  private @Nullable CacheKey naturalIdOf(Object id, Lens lens) {
    for (Object key : lens.loadedKeys(region())) {
      CacheKey one = CacheKey.of(key);
      if (one != null
          && one.natural()
          && one.name().equals(stored.name())
          && root.getIdentifierType().isEqual(lens.loaded(region(), key), id)) {
        return one;
      }
    }
    return null;
  }

  private Comparison different(@Nullable String database) {
    List<String> columns = new ArrayList<>();
    root.getNaturalIdMapping()
        .getNaturalIdAttributes()
        .forEach(
            attribute ->
                attribute.forEachSelectable(
                    (i, column) -> columns.add(column.getSelectionExpression())));
    return Comparison.different(
        new Difference("natural id", String.join(", ", columns), stored.text(), database));
  }
}
