package io.freshet.mapping;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change of one table, with all that can be concluded about the rows before and after. Immutable.
 *
 * @param operation how the table was written
 * @param before what is known of the rows as they were
 * @param after what is known of the rows as they are
 * @param changed the columns that may differ; all of them unless it was an UPDATE
 */
record Touch(Operation operation, RowValues before, RowValues after, ColumnSet changed) {

  static Touch of(RowChange change) {
    if (change.operation() != Operation.UPDATE) {
      return new Touch(change.operation(), change.before(), change.after(), ColumnSet.ALL);
    }
    return new Touch(
        Operation.UPDATE,
        completed(change.before(), change.after(), change.changed()),
        completed(change.after(), change.before(), change.changed()),
        change.changed());
  }

  static Touch of(TableChange change) {
    ColumnSet changed = change.operation() == Operation.UPDATE ? change.changed() : ColumnSet.ALL;
    return new Touch(change.operation(), RowValues.UNKNOWN, RowValues.UNKNOWN, changed);
  }

  /** Whether the rows were written as they had been. */
  boolean isWithoutEffect() {
    return operation == Operation.UPDATE && changed.equals(ColumnSet.NONE);
  }

  /** Whether one of the watched columns may have another value now. */
  boolean mayHaveChanged(ColumnSet watched) {
    return changed.mayIntersect(watched);
  }

  /** A column that did not change has the value that is known of the other side. */
  private static RowValues completed(RowValues side, RowValues other, ColumnSet changed) {
    Map<String, @Nullable Object> values = null;
    for (Map.Entry<String, @Nullable Object> entry : other.values().entrySet()) {
      String column = entry.getKey();
      if (!side.knows(column) && !changed.mayContain(column)) {
        if (values == null) {
          values = new LinkedHashMap<>(side.values());
        }
        values.put(column, entry.getValue());
      }
    }
    return values == null ? side : new RowValues(values);
  }
}
