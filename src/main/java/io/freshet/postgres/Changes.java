package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What row and table changes have in common, and small variations of them. Stateless. */
final class Changes {

  private Changes() {}

  /** The table; null of an unknown change. */
  static @Nullable TableName table(Change change) {
    if (change instanceof RowChange row) {
      return row.table();
    }
    return change instanceof TableChange table ? table.table() : null;
  }

  static Operation operation(Change change) {
    if (change instanceof RowChange row) {
      return row.operation();
    }
    return change instanceof TableChange table ? table.operation() : Operation.ANY;
  }

  static ColumnSet changed(Change change) {
    if (change instanceof RowChange row) {
      return row.changed();
    }
    return change instanceof TableChange table ? table.changed() : ColumnSet.ALL;
  }

  /** The same change of another table, which has columns of the same names. */
  static Change on(TableName table, Change change) {
    if (change instanceof RowChange row) {
      return new RowChange(table, row.operation(), row.before(), row.after(), row.changed());
    } else if (change instanceof TableChange whole) {
      return new TableChange(table, whole.operation(), whole.changed());
    }
    return change;
  }

  /** The same change as another operation, not TRUNCATE. */
  static Change as(Operation operation, Change change) {
    if (change instanceof RowChange row) {
      return new RowChange(row.table(), operation, row.before(), row.after(), row.changed());
    } else if (change instanceof TableChange whole) {
      return new TableChange(whole.table(), operation, whole.changed());
    }
    return change;
  }

  /** The same change where these columns may have got values that the writer did not give. */
  static Change assigning(ColumnSet columns, Change change) {
    if (change instanceof RowChange row) {
      RowValues after = without(columns, row.after());
      // of an inserted row nothing but the new values can be known
      if (row.operation() == Operation.INSERT && after.values().isEmpty()) {
        return new TableChange(row.table(), row.operation(), union(row.changed(), columns));
      }
      return new RowChange(
          row.table(), row.operation(), row.before(), after, union(row.changed(), columns));
    } else if (change instanceof TableChange whole) {
      return new TableChange(whole.table(), whole.operation(), union(whole.changed(), columns));
    }
    return change;
  }

  /** The same change where these columns change along if any does. */
  static Change changingAlong(Set<String> columns, Change change) {
    ColumnSet changed = changed(change);
    if (changed.all() || changed.names().isEmpty() || columns.isEmpty()) {
      return change;
    }
    ColumnSet more = union(changed, ColumnSet.of(columns));
    if (change instanceof RowChange row) {
      return new RowChange(row.table(), row.operation(), row.before(), row.after(), more);
    } else if (change instanceof TableChange whole) {
      return new TableChange(whole.table(), whole.operation(), more);
    }
    return change;
  }

  /** The same with the reason of an unknown change told in full. */
  static Change because(String where, Change change) {
    return change instanceof UnknownChange unknown
        ? new UnknownChange(where + ": " + unknown.reason())
        : change;
  }

  static ColumnSet union(ColumnSet one, ColumnSet other) {
    if (one.all() || other.all()) {
      return ColumnSet.ALL;
    }
    Collection<String> names = new LinkedHashSet<>(one.names());
    names.addAll(other.names());
    return ColumnSet.of(names);
  }

  private static RowValues without(ColumnSet columns, RowValues values) {
    Map<String, @Nullable Object> kept = new LinkedHashMap<>(values.values());
    kept.keySet().removeIf(columns::mayContain);
    return new RowValues(kept);
  }
}
