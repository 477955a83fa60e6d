package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.Sighting;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.cache.spi.entry.CacheEntry;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * An entity. Loaded anew, it is compared as Hibernate would cache it, property by property.
 *
 * @param root the root of its hierarchy
 */
record CachedEntity(
    Reader reader,
    FreshetRegion cacheRegion,
    Object cacheKey,
    CacheKey stored,
    EntityPersister root)
    implements InRegion {

  @Override
  public Kind kind() {
    return Kind.ENTITY;
  }

  @Override
  public String name() {
    return root.getEntityName();
  }

  @Override
  public Comparison compare(Sighting sighting) {
    CacheEntry cached = entry(sighting.value());
    if (cached.isReferenceEntry()) {
      return Comparison.unknown(Reason.UNSUPPORTED);
    }
    return reader.read(
        stored.tenant(),
        (session, lens) -> {
          if (load(session, root, (Serializable) stored.id()) == null) {
            return gone(cached);
          }
          Object loaded = lens.loaded(cacheRegion.getName(), cacheKey);
          return loaded == null
              ? Comparison.unknown(Reason.UNSUPPORTED)
              : compare(cached, entry(loaded), session);
        });
  }

  /** Loads an entity from the database; null if it is not there. */
  static @Nullable Object load(
      SessionImplementor session, EntityPersister persister, Serializable disassembledId) {
    Object id = persister.getIdentifierType().assemble(disassembledId, session, null);
    return session.internalLoad(persister.getEntityName(), Objects.requireNonNull(id), true, true);
  }

  private CacheEntry entry(Object value) {
    SessionFactoryImplementor factory = reader.factory();
    return (CacheEntry) root.getCacheEntryStructure().destructure(value, factory);
  }

  private Comparison gone(CacheEntry cached) {
    Properties properties = new Properties(reader.factory(), cached.getSubclass());
    String property = String.valueOf(root.getIdentifierPropertyName());
    String[] columns = root.getIdentifierColumnNames();
    List<Difference> differences = new ArrayList<>();
    if (stored.id() instanceof Object[] values && values.length == columns.length) {
      for (int i = 0; i < columns.length; i++) {
        differences.add(new Difference(property, columns[i], Values.text(values[i]), null));
      }
    } else {
      differences.add(new Difference(property, String.join(", ", columns), stored.text(), null));
    }
    return new Comparison.Different(
        differences, properties.row(root.getIdentifierTableDetails().getTableName(), stored.id()));
  }

  private Comparison compare(CacheEntry cached, CacheEntry database, SessionImplementor session) {
    if (!cached.getSubclass().equals(database.getSubclass())) {
      return Comparison.different(
          new Difference("class", "", cached.getSubclass(), database.getSubclass()));
    }
    Properties properties = new Properties(reader.factory(), cached.getSubclass());
    Properties.Compared compared =
        properties.compare(cached.getDisassembledState(), database.getDisassembledState(), session);
    if (!compared.differences().isEmpty()) {
      return new Comparison.Different(
          compared.differences(),
          compared.table().isEmpty()
              ? Optional.empty()
              : properties.row(compared.table(), stored.id()));
    }
    return compared.incomparable() == null
        ? Comparison.SAME
        : Comparison.unknown(compared.incomparable());
  }
}
