package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The catalog as it was at one moment, ready to be asked. Thread-safe: immutable but for what it
 * remembers of its own answers.
 */
final class CatalogSnapshot {

  private final RelationIndex relations;
  private final RoutineIndex routines;
  private final Map<Long, List<Trigger>> triggers;
  private final Map<Long, List<Rule>> rules;
  private final Map<Long, Set<Long>> attached;
  private final Map<Long, Boolean> storesAsWritten = new ConcurrentHashMap<>();

  CatalogSnapshot(CatalogRows rows) {
    CatalogRows.Code code = rows.code();
    relations = new RelationIndex(rows);
    routines = new RoutineIndex(code.routines(), relations);
    triggers = code.triggers().stream().collect(Collectors.groupingBy(Trigger::relation));
    rules = code.rules().stream().collect(Collectors.groupingBy(Rule::relation));
    attached =
        code.attached().stream()
            .collect(
                Collectors.groupingBy(
                    CatalogRows.Link::from,
                    Collectors.mapping(CatalogRows.Link::to, Collectors.toSet())));
  }

  RelationIndex relations() {
    return relations;
  }

  RoutineIndex routines() {
    return routines;
  }

  List<Trigger> triggers(Relation relation) {
    return triggers.getOrDefault(relation.oid(), List.of());
  }

  /** The rules on writes. */
  List<Rule> rules(Relation relation) {
    return rules.getOrDefault(relation.oid(), List.of()).stream()
        .filter(rule -> !rule.makesView())
        .toList();
  }

  /** The functions that run with a write: in defaults, checks, policies; in a view, its own. */
  Set<Long> attachedRoutines(Relation relation) {
    Set<Long> found = new LinkedHashSet<>(attached.getOrDefault(relation.oid(), Set.of()));
    rules.getOrDefault(relation.oid(), List.of()).stream()
        .filter(Rule::makesView)
        .forEach(rule -> found.addAll(rule.routines()));
    return found;
  }

  /** {@link io.freshet.change.SideEffects#storesAsWritten}. */
  boolean storesAsWritten(TableName table) {
    List<Relation> named = relations.named(table);
    return !named.isEmpty() && named.stream().allMatch(this::storesAsWritten);
  }

  private boolean storesAsWritten(Relation relation) {
    Boolean known = storesAsWritten.get(relation.oid());
    if (known == null) {
      Set<Relation> written = relations.withDescendants(relation);
      known = written.stream().allMatch(this::isPlain) && !writesItself(relation, written);
      storesAsWritten.put(relation.oid(), known);
    }
    return known;
  }

  private boolean isPlain(Relation relation) {
    return relation.isTable()
        && relation.generated().isEmpty()
        && rules(relation).isEmpty()
        && triggers(relation).stream().noneMatch(t -> t.isBeforeRow() || t.isInsteadOf());
  }

  /**
   * Whether an AFTER trigger (or a default, or a check) can come back and write these rows again.
   */
  private boolean writesItself(Relation relation, Set<Relation> written) {
    Set<Relation> family = new LinkedHashSet<>(written);
    family.addAll(relations.withAncestors(relation));
    List<Change> effects = new ArrayList<>();
    for (Relation each : written) {
      effects.addAll(routines.effects(attachedRoutines(each)));
      triggers(each).forEach(t -> effects.addAll(routines.effectsOfTrigger(t.routine())));
    }
    for (Change effect : Widening.of(effects, this)) {
      TableName name = Changes.table(effect);
      if (name == null || family.stream().anyMatch(each -> each.name().mayBe(name))) {
        return true;
      }
    }
    return false;
  }
}
