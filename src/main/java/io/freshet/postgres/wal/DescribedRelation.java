package io.freshet.postgres.wal;

import io.freshet.change.ColumnSet;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import io.freshet.postgres.tracking.Coverage;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A relation as the stream last described it, together with what has to be told of it: turns tuples
 * into values. Immutable.
 */
final class DescribedRelation {

  private final Pgoutput.Relation relation;
  private final TableName table;
  private final boolean[] told;
  private final String[] folded;
  private final boolean uniformIdentity;

  /**
   * @param uniformIdentity false if rows may come from partitions with another replica identity
   *     than the one described here
   */
  DescribedRelation(Pgoutput.Relation relation, Coverage.Table covered, boolean uniformIdentity) {
    this.relation = relation;
    this.uniformIdentity = uniformIdentity;
    table = new TableName(relation.schema(), relation.name());
    List<Pgoutput.Column> columns = relation.columns();
    folded = columns.stream().map(c -> c.name().toLowerCase(Locale.ROOT)).toArray(String[]::new);
    Set<String> wanted = new HashSet<>(covered.key());
    wanted.addAll(covered.watched());
    told = new boolean[folded.length];
    for (int i = 0; i < folded.length; i++) {
      // "Id" and "id" are one name to everybody else: neither value may stand for the other
      told[i] =
          wanted.contains(columns.get(i).name())
              && Collections.frequency(List.of(folded), folded[i]) == 1;
    }
  }

  TableName table() {
    return table;
  }

  /** Whether what is told of old rows means what the replica identity says. */
  boolean uniformIdentity() {
    return uniformIdentity;
  }

  char replicaIdentity() {
    return relation.replicaIdentity();
  }

  void check(Tuple tuple) throws MalformedReplicationException {
    if (tuple.size() != folded.length) {
      throw new MalformedReplicationException(
          "a row of %d columns in %s, which was described with %d"
              .formatted(tuple.size(), table, folded.length));
    }
  }

  /**
   * The key and watched columns of a row.
   *
   * @param elsewhere where the value of an unchanged column may stand that the row does not tell
   */
  RowValues row(Tuple tuple, @Nullable Tuple elsewhere) throws MalformedReplicationException {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < folded.length; i++) {
      if (told[i]) {
        boolean untold = tuple.kind(i) == Tuple.UNCHANGED;
        put(values, i, untold && elsewhere != null ? elsewhere : tuple, true);
      }
    }
    return new RowValues(values);
  }

  /** The key and watched columns of a whole old row. */
  RowValues oldRow(Tuple tuple) throws MalformedReplicationException {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < folded.length; i++) {
      if (told[i]) {
        put(values, i, tuple, uniformIdentity);
      }
    }
    return new RowValues(values);
  }

  /** Those of the key and watched columns that are part of the replica identity. */
  RowValues identity(Tuple tuple) throws MalformedReplicationException {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < folded.length; i++) {
      if (told[i] && relation.columns().get(i).identity()) {
        // an identity has no nulls: this one stands for a column that the row's partition left out
        put(values, i, tuple, false);
      }
    }
    return new RowValues(values);
  }

  private void put(Map<String, @Nullable Object> values, int column, Tuple tuple, boolean trustNull)
      throws MalformedReplicationException {
    switch (tuple.kind(column)) {
      case Tuple.NULL -> {
        if (trustNull) {
          values.put(folded[column], null);
        }
      }
      case Tuple.TEXT -> values.put(folded[column], tuple.text(column));
      default -> {
        // an unchanged large value is not there, and binary was not asked for: both unknown
      }
    }
  }

  /** What may differ between two whole rows. */
  ColumnSet difference(Tuple before, Tuple after) {
    Set<String> unchanged = new HashSet<>();
    Set<String> changed = new HashSet<>();
    for (int i = 0; i < folded.length; i++) {
      boolean same =
          after.kind(i) == Tuple.UNCHANGED
              || (before.sameValue(i, after) && (uniformIdentity || before.kind(i) != Tuple.NULL));
      (same ? unchanged : changed).add(folded[i]);
    }
    // A generated column is not described, and changes only with one that is. So: nothing changed
    // if nothing described did, and else anything but what is surely the same.
    return changed.isEmpty() ? ColumnSet.NONE : except(unchanged, changed);
  }

  /**
   * What may have changed where the old row is not told in full.
   *
   * @param identityUnchanged whether the columns of the replica identity surely kept their values
   */
  ColumnSet exceptUnchanged(Tuple after, boolean identityUnchanged) {
    Set<String> unchanged = new HashSet<>();
    Set<String> changed = new HashSet<>();
    for (int i = 0; i < folded.length; i++) {
      boolean same =
          after.kind(i) == Tuple.UNCHANGED
              || (identityUnchanged && relation.columns().get(i).identity());
      (same ? unchanged : changed).add(folded[i]);
    }
    return except(unchanged, changed);
  }

  private static ColumnSet except(Set<String> unchanged, Set<String> changed) {
    // names that differ in case only are one name
    unchanged.removeAll(changed);
    return ColumnSet.allExcept(unchanged);
  }
}
