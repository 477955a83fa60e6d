package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.mapping.EntityRows;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.RegionFootprint;
import io.freshet.mapping.WriteThrough;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * What entity updates by flush touch. Thread-safe.
 *
 * <p>Most updates touch the entity's own entry and the queries on its table, whatever the values
 * are: no collection, no other entity and no action of the database depends on the columns that
 * changed. That is found out once for each set of changed attributes, with nothing known of the row
 * but its key: what depends on other columns shows as a whole region then. All other updates are
 * traced one by one.
 */
final class FlushedUpdates {

  private final Node node;
  private volatile Known known = new Known(-1, Map.of());
  private final Map<String, Optional<TableName>> exactTables = new ConcurrentHashMap<>();

  /** What decides whether an update is a plain one. */
  private record Shape(String entity, List<Integer> changed) {}

  /** The query spaces of plain updates, by one generation of the schema. */
  private record Known(long schema, Map<Shape, Optional<Set<String>>> spaces) {}

  FlushedUpdates(Node node) {
    this.node = node;
  }

  /** What the update touches, without the entry that Hibernate may keep; that one is noted. */
  Write write(PostUpdateEvent event, JournalContext context) {
    EntityPersister persister = event.getPersister();
    EntityDataAccess access = persister.getCacheAccessStrategy();
    Object key =
        access == null
            ? null
            : access.generateCacheKey(
                event.getId(), persister, node.sessionFactory(), context.tenant());
    Optional<Set<String>> spaces = plainSpaces(event, key, context);
    Write write =
        spaces.isPresent() ? plain(event, own(access, key, spaces.get())) : traced(event, context);
    if (access == null || key == null || !context.isStateful()) {
      return write;
    }
    TableName table = exactTable(persister);
    if (table == null || !node.storesAsWritten(table, context.connections())) {
      return write;
    }
    // Hibernate's own entry is what is there: leave it to Hibernate
    String region = access.getRegion().getName();
    context.keepUpdated(region, key, table);
    return write.without(region, key);
  }

  private static Footprint own(
      @Nullable EntityDataAccess access, @Nullable Object key, Set<String> spaces) {
    return new Footprint(
        access == null || key == null
            ? Map.of()
            : Map.of(access.getRegion().getName(), new RegionFootprint(false, Set.of(key))),
        spaces,
        false);
  }

  private Write plain(PostUpdateEvent event, Footprint own) {
    return new Write(own, node.told(() -> updated(event)));
  }

  private static List<Change> updated(PostUpdateEvent event) {
    return EntityRows.of(event.getPersister(), event.getId(), event.getSession())
        .updated(event.getOldState(), event.getState(), event.getDirtyProperties());
  }

  private Write traced(PostUpdateEvent event, JournalContext context) {
    EntityRows rows = EntityRows.of(event.getPersister(), event.getId(), event.getSession());
    Object[] old = event.getOldState();
    return node.writeOfRows(
        event.getPersister().getEntityName(),
        () -> updated(event),
        () -> rows.assigned(old, event.getState(), event.getDirtyProperties()),
        context);
  }

  /** The query spaces of a plain update; empty if the update has to be traced. */
  private Optional<Set<String>> plainSpaces(
      PostUpdateEvent event, @Nullable Object key, JournalContext context) {
    int[] dirty = event.getDirtyProperties();
    if (dirty == null) {
      return Optional.empty();
    }
    Shape shape =
        new Shape(event.getPersister().getEntityName(), IntStream.of(dirty).boxed().toList());
    Map<Shape, Optional<Set<String>>> plain = plain();
    Optional<Set<String>> spaces = plain.get(shape);
    return spaces == null ? findPlainSpaces(event, key, context, shape, plain) : spaces;
  }

  /** By the schema as it is now; what was found by an earlier one is forgotten. */
  private Map<Shape, Optional<Set<String>>> plain() {
    long schema = node.statements().schemaGeneration();
    Known last = known;
    if (last.schema != schema) {
      last = new Known(schema, new ConcurrentHashMap<>());
      known = last;
    }
    return last.spaces;
  }

  private Optional<Set<String>> findPlainSpaces(
      PostUpdateEvent event,
      @Nullable Object key,
      JournalContext context,
      Shape shape,
      Map<Shape, Optional<Set<String>>> plain) {
    EntityPersister persister = event.getPersister();
    EntityRows rows = EntityRows.of(persister, event.getId(), event.getSession());
    int[] dirty = event.getDirtyProperties();
    List<Change> assigned = rows.assigned(null, null, dirty);
    Set<Change> widened = new HashSet<>(node.widen(assigned, context));
    if (widened.stream().anyMatch(UnknownChange.class::isInstance)) {
      return Optional.empty(); // not for good: the catalog may be readable next time
    }
    Footprint footprint = node.footprintOf(rows.updated(null, null, dirty), context.tenant());
    Footprint own = own(persister.getCacheAccessStrategy(), key, footprint.querySpaces());
    boolean isPlain =
        widened.equals(new HashSet<>(assigned))
            && (footprint.equals(own) || footprint.regions().isEmpty())
            && !footprint.everything();
    Optional<Set<String>> spaces =
        isPlain ? Optional.of(footprint.querySpaces()) : Optional.empty();
    plain.put(shape, spaces);
    return spaces;
  }

  /** The table, if the mapping shows that the entry that Hibernate makes equals the row in it. */
  private @Nullable TableName exactTable(EntityPersister persister) {
    return exactTables
        .computeIfAbsent(
            persister.getEntityName(),
            name ->
                WriteThrough.entryEqualsRow(persister, node.exactColumns())
                    ? Optional.of(TableName.parse(persister.getTableName()))
                    : Optional.empty())
        .orElse(null);
  }
}
