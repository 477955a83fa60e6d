package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.UnknownChange;
import io.freshet.postgres.RoutineBody.Reach;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The routines and what they write. A body is analysed when it is first asked for. Thread-safe: the
 * analyses are a cache of what follows from the rest, which is immutable.
 */
final class RoutineIndex {

  private final RelationIndex relations;
  private final Map<Long, Routine> byOid;
  private final Map<String, List<Routine>> callable;
  private final Map<Long, RoutineBody> bodies = new ConcurrentHashMap<>();

  RoutineIndex(List<Routine> routines, RelationIndex relations) {
    this.relations = relations;
    byOid = routines.stream().collect(Collectors.toMap(Routine::oid, r -> r));
    callable =
        routines.stream()
            .filter(r -> !r.traits().forTrigger())
            .collect(Collectors.groupingBy(r -> Identifiers.fold(r.name().name())));
  }

  /** What a trigger function writes, itself and through all it calls. */
  Set<Change> effectsOfTrigger(long oid) {
    if (!byOid.containsKey(oid)) {
      return Set.of(new UnknownChange("its function is not in the catalog as it was read"));
    }
    return effects(Set.of(oid));
  }

  /**
   * What these routines write, themselves and through all they call. Unknown ones write nothing.
   */
  Set<Change> effects(Collection<Long> oids) {
    Set<Change> effects = new LinkedHashSet<>();
    Set<Long> seen = new HashSet<>();
    Deque<Long> pending = new ArrayDeque<>(oids);
    while (!pending.isEmpty()) {
      Routine routine = byOid.get(pending.remove());
      if (routine == null || !seen.add(routine.oid())) {
        continue;
      }
      RoutineBody body = body(routine);
      effects.addAll(body.writes());
      pending.addAll(body.calls());
      if (body.reach() == Reach.ANYTHING) {
        effects.add(new UnknownChange(reason(routine)));
      } else if (body.reach() == Reach.ANY_CALL) {
        pending.addAll(everyWriter());
      }
    }
    return effects;
  }

  /** What calling a function by this name, as it stands in a statement, writes. */
  Set<Change> effectsOfCall(String name) {
    String own = Identifiers.fold(name.substring(name.lastIndexOf('.') + 1).strip());
    Set<Long> called = new LinkedHashSet<>();
    // the whole text too: a quoted name may hold a dot
    for (String key : List.of(own, Identifiers.fold(name))) {
      callable.getOrDefault(key, List.of()).forEach(routine -> called.add(routine.oid()));
    }
    if (RoutineBody.runsQueries(own)) {
      called.addAll(everyWriter());
    }
    return effects(called);
  }

  /** The columns of NEW that a trigger function may assign. */
  ColumnSet assigned(long oid) {
    Routine routine = byOid.get(oid);
    return routine == null ? ColumnSet.ALL : body(routine).assigned();
  }

  private RoutineBody body(Routine routine) {
    return bodies.computeIfAbsent(
        routine.oid(), oid -> RoutineBody.of(routine, relations, callable));
  }

  /** What SQL text that cannot write by itself may call to write. */
  private List<Long> everyWriter() {
    return callable.values().stream()
        .flatMap(List::stream)
        .filter(routine -> routine.traits().mayWrite())
        .map(Routine::oid)
        .toList();
  }

  private static String reason(Routine routine) {
    return routine.isReadable()
        ? "function " + routine.name() + " runs SQL text that it builds itself"
        : "function " + routine.name() + " is written in " + routine.traits().language();
  }
}
