package io.freshet.postgres;

import io.freshet.change.TableName;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The relations and how they hang together. Immutable. */
final class RelationIndex {

  private final Map<Long, Relation> byOid;
  private final Map<String, List<Relation>> byName;
  private final Map<Long, List<Relation>> parents;
  private final Map<Long, List<Relation>> children;
  private final Map<Long, List<Relation>> bases;
  private final Map<Long, List<Relation>> views;
  private final Map<Long, List<ForeignKey>> references;

  RelationIndex(CatalogRows rows) {
    byOid = rows.relations().stream().collect(Collectors.toMap(Relation::oid, r -> r));
    byName =
        rows.relations().stream()
            .collect(Collectors.groupingBy(r -> Identifiers.fold(r.name().name())));
    Map<Long, Set<Relation>> up = new HashMap<>();
    Map<Long, Set<Relation>> down = new HashMap<>();
    rows.inheritance().forEach(link -> link(link.from(), link.to(), up, down));
    parents = frozen(up);
    children = frozen(down);
    Map<Long, Set<Relation>> reads = new HashMap<>();
    Map<Long, Set<Relation>> readBy = new HashMap<>();
    for (Rule rule : rows.code().rules()) {
      Relation view = byOid.get(rule.relation());
      // a materialized view changes when it is refreshed, which is a write on itself
      if (rule.makesView() && view != null && view.isView()) {
        for (long base : rule.relations()) {
          if (base != view.oid()) {
            link(view.oid(), base, reads, readBy);
          }
        }
      }
    }
    bases = frozen(reads);
    views = frozen(readBy);
    references = rows.foreignKeys().stream().collect(Collectors.groupingBy(ForeignKey::parent));
  }

  /** Every relation that the name may mean. */
  List<Relation> named(TableName name) {
    List<Relation> sameName = byName.getOrDefault(Identifiers.fold(name.name()), List.of());
    String schema = name.schema();
    if (schema == null || sameName.isEmpty()) {
      return sameName;
    }
    String folded = Identifiers.fold(schema);
    return sameName.stream()
        .filter(
            r -> r.name().schema() != null && Identifiers.fold(r.name().schema()).equals(folded))
        .toList();
  }

  @Nullable Relation byOid(long oid) {
    return byOid.get(oid);
  }

  /** What it directly inherits from or is a partition of. */
  List<Relation> parents(Relation relation) {
    return parents.getOrDefault(relation.oid(), List.of());
  }

  /** Its direct partitions and inheritors. */
  List<Relation> children(Relation relation) {
    return children.getOrDefault(relation.oid(), List.of());
  }

  /** What a view directly reads. */
  List<Relation> bases(Relation view) {
    return bases.getOrDefault(view.oid(), List.of());
  }

  /** The views that directly read it. */
  List<Relation> views(Relation relation) {
    return views.getOrDefault(relation.oid(), List.of());
  }

  /** The foreign keys that refer to it. */
  List<ForeignKey> references(Relation parent) {
    return references.getOrDefault(parent.oid(), List.of());
  }

  /** The relation and everything below it. */
  Set<Relation> withDescendants(Relation relation) {
    return closure(relation, this::children);
  }

  /** The relation and everything above it. */
  Set<Relation> withAncestors(Relation relation) {
    return closure(relation, this::parents);
  }

  private static Set<Relation> closure(
      Relation start, Function<Relation, Collection<Relation>> step) {
    Set<Relation> reached = new LinkedHashSet<>();
    Deque<Relation> pending = new ArrayDeque<>(List.of(start));
    while (!pending.isEmpty()) {
      Relation next = pending.remove();
      if (reached.add(next)) {
        pending.addAll(step.apply(next));
      }
    }
    return reached;
  }

  private void link(
      long from, long to, Map<Long, Set<Relation>> forward, Map<Long, Set<Relation>> backward) {
    Relation source = byOid.get(from);
    Relation target = byOid.get(to);
    if (source != null && target != null) {
      forward.computeIfAbsent(from, oid -> new LinkedHashSet<>()).add(target);
      backward.computeIfAbsent(to, oid -> new LinkedHashSet<>()).add(source);
    }
  }

  private static Map<Long, List<Relation>> frozen(Map<Long, Set<Relation>> sets) {
    return sets.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> List.copyOf(e.getValue())));
  }
}
