package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The closure of a set of changes over everything the catalog knows. Used once, by one thread.
 *
 * <p>It ends: below the given changes there are finitely many tables, operations and column sets,
 * and foreign keys only move given values from column to column.
 */
final class Widening {

  private final CatalogSnapshot catalog;
  private final RelationIndex relations;
  private final Deque<Step> pending = new ArrayDeque<>();
  private final Set<Step> seen = new HashSet<>();
  private final Set<Change> result = new LinkedHashSet<>();

  /**
   * A change on its way.
   *
   * @param relation what it happens to
   * @param change the change, under the name it was given
   * @param how whether the relation is written
   */
  private record Step(Relation relation, Change change, Reached how) {}

  /** In which way a change reaches a relation. */
  private enum Reached {
    /** It is written: its foreign keys, triggers and rules act. */
    WRITTEN,
    /** Its rows are seen through it (an ancestor, a view); nothing of its own acts. */
    SEEN
  }

  private Widening(CatalogSnapshot catalog) {
    this.catalog = catalog;
    relations = catalog.relations();
  }

  static List<Change> of(Collection<? extends Change> changes, CatalogSnapshot catalog) {
    Widening widening = new Widening(catalog);
    changes.forEach(widening::begin);
    while (!widening.pending.isEmpty()) {
      widening.step(widening.pending.remove());
    }
    return List.copyOf(widening.result);
  }

  /** A table that the catalog does not have (a temporary one) stands for itself. */
  private void begin(Change change) {
    TableName table = Changes.table(change);
    List<Relation> named = table == null ? List.of() : relations.named(table);
    if (named.isEmpty()) {
      result.add(change);
    }
    named.forEach(relation -> reach(relation, change, Reached.WRITTEN));
  }

  private void reach(Relation relation, Change change, Reached how) {
    // the same change under another name of the table is the same step
    Change named = Changes.on(relation.name(), change);
    boolean moreThanSeen = seen.contains(new Step(relation, named, Reached.WRITTEN));
    if (!moreThanSeen && seen.add(new Step(relation, named, how))) {
      pending.add(new Step(relation, change, how));
    }
  }

  private void write(Relation relation, Change change) {
    reach(relation, Changes.on(relation.name(), change), Reached.WRITTEN);
  }

  private void step(Step step) {
    Relation relation = step.relation();
    if (step.how() == Reached.SEEN) {
      result.add(step.change());
      show(relation, step.change());
      return;
    }
    Change along = Changes.changingAlong(relation.generated(), step.change());
    Change stored = stored(relation, along);
    result.add(stored);
    runTriggers(relation, along);
    runRules(relation, stored);
    effects(null, catalog.routines().effects(catalog.attachedRoutines(relation)));
    Operation operation = Changes.operation(stored);
    for (ForeignKey key : relations.references(relation)) {
      Relation child = relations.byOid(key.child());
      if (child != null) {
        ForeignKeyActions.of(key, child.name(), stored, operation)
            .forEach(change -> write(child, change));
      }
    }
    writeChildren(relation, stored, operation);
    writeBases(relation, operation, Changes.changed(along));
    show(relation, stored);
  }

  /** Ancestors and views show the rows of what they are made from. */
  private void show(Relation relation, Change change) {
    for (Relation parent : relations.parents(relation)) {
      reach(parent, Changes.on(parent.name(), change), Reached.SEEN);
    }
    for (Relation view : relations.views(relation)) {
      reach(view, TableChange.anything(view.name()), Reached.SEEN);
    }
  }

  /** The change that is stored when BEFORE triggers have had their say. */
  private Change stored(Relation relation, Change change) {
    Change stored = change;
    for (Trigger trigger : firing(relation, change)) {
      ColumnSet assigned = catalog.routines().assigned(trigger.routine());
      if (trigger.isBeforeRow() && !assigned.equals(ColumnSet.NONE)) {
        stored = Changes.assigning(assigned, stored);
      }
    }
    return stored;
  }

  private void runTriggers(Relation relation, Change change) {
    for (Trigger trigger : firing(relation, change)) {
      effects(
          "trigger " + trigger.name() + " on " + relation.name(),
          catalog.routines().effectsOfTrigger(trigger.routine()));
    }
  }

  /** By what the statement wrote: a column that a trigger assigns fires no other trigger. */
  private List<Trigger> firing(Relation relation, Change change) {
    Operation operation = Changes.operation(change);
    ColumnSet written = Changes.changed(change);
    return catalog.triggers(relation).stream().filter(t -> t.fires(operation, written)).toList();
  }

  private void runRules(Relation relation, Change change) {
    for (Rule rule : catalog.rules(relation)) {
      if (rule.fires(Changes.operation(change))) {
        for (long named : rule.relations()) {
          Relation target = relations.byOid(named);
          if (target != null) {
            write(target, TableChange.anything(target.name()));
          }
        }
        effects(null, catalog.routines().effects(rule.routines()));
      }
    }
  }

  private void effects(@Nullable String where, Collection<Change> effects) {
    for (Change effect : effects) {
      begin(where == null ? effect : Changes.because(where, effect));
    }
  }

  private void writeChildren(Relation relation, Change change, Operation operation) {
    for (Relation child : relations.children(relation)) {
      write(child, change);
      // a row that gets another partition key is deleted here and inserted there
      if (operation == Operation.UPDATE && movesRows(relation, Changes.changed(change))) {
        write(child, Changes.as(Operation.DELETE, change));
        write(child, Changes.as(Operation.INSERT, change));
      }
    }
  }

  private static boolean movesRows(Relation relation, ColumnSet changed) {
    return relation.partitionKey().contains("") || changed.mayContainAny(relation.partitionKey());
  }

  /** A view's columns may have other names, and its conditions other rows: only the way is kept. */
  private void writeBases(Relation relation, Operation operation, ColumnSet written) {
    boolean replaced =
        operation != Operation.ANY
            && catalog.triggers(relation).stream()
                .anyMatch(t -> t.isInsteadOf() && t.fires(operation, written));
    if (relation.isView() && !replaced) {
      for (Relation base : relations.bases(relation)) {
        write(base, new TableChange(base.name(), operation, ColumnSet.ALL));
      }
    }
  }
}
