package io.freshet.postgres;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a foreign key makes of a change of the referenced table. Used once, by one thread. */
final class ForeignKeyActions {

  private final ForeignKey key;
  private final TableName child;
  private final Change parent;
  private final List<Change> actions = new ArrayList<>();

  private ForeignKeyActions(ForeignKey key, TableName child, Change parent) {
    this.key = key;
    this.child = child;
    this.parent = parent;
  }

  /** The changes of the child. */
  static List<Change> of(ForeignKey key, TableName child, Change parent, Operation operation) {
    ForeignKeyActions actions = new ForeignKeyActions(key, child, parent);
    // a row change is never a TRUNCATE
    boolean truncates =
        operation == Operation.TRUNCATE
            || (operation == Operation.ANY && parent instanceof TableChange);
    if (truncates) {
      // without CASCADE the statement would have failed
      actions.actions.add(new TableChange(child, Operation.TRUNCATE, ColumnSet.ALL));
    }
    if (operation.removesRows() && operation != Operation.TRUNCATE) {
      actions.onDelete();
    }
    boolean updates = operation == Operation.UPDATE || operation == Operation.ANY;
    if (updates && Changes.changed(parent).mayContainAny(key.referenced())) {
      actions.onUpdate();
    }
    return actions.actions;
  }

  private void onDelete() {
    List<String> columns = key.actions().onDeleteColumns();
    switch (key.actions().onDelete()) {
      case NONE -> {
        // the statement fails where there is a child
      }
      case CASCADE -> add(Operation.DELETE, RowValues.UNKNOWN, ColumnSet.ALL);
      case SET_NULL -> add(Operation.UPDATE, nulls(columns), ColumnSet.of(columns));
      case SET_DEFAULT -> add(Operation.UPDATE, RowValues.UNKNOWN, ColumnSet.of(columns));
    }
  }

  private void onUpdate() {
    ColumnSet columns = ColumnSet.of(key.columns());
    switch (key.actions().onUpdate()) {
      case NONE -> {
        // the statement fails where there is a child
      }
      case CASCADE -> add(Operation.UPDATE, cascaded(), columns);
      case SET_NULL -> add(Operation.UPDATE, nulls(key.columns()), columns);
      case SET_DEFAULT -> add(Operation.UPDATE, RowValues.UNKNOWN, columns);
    }
  }

  /**
   * The rows that refer to the parent row. Their keys are not known, only what their foreign key
   * was: the row change stands for as many rows as match that.
   */
  private void add(Operation operation, RowValues after, ColumnSet changed) {
    RowValues before = referring();
    actions.add(
        before == null
            ? new TableChange(child, operation, changed)
            : new RowChange(child, operation, before, after, changed));
  }

  private @Nullable RowValues referring() {
    if (!(parent instanceof RowChange row)) {
      return null;
    }
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < key.columns().size(); i++) {
      Object value = row.before().get(key.referenced().get(i));
      if (value == null) {
        // unknown; or SQL NULL, which nothing refers to, but then precision does not matter
        return null;
      }
      values.put(key.columns().get(i), value);
    }
    return new RowValues(values);
  }

  /** The new values of the parent's columns, as far as they are known. */
  private RowValues cascaded() {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    if (parent instanceof RowChange row) {
      for (int i = 0; i < key.columns().size(); i++) {
        String referenced = key.referenced().get(i);
        if (row.after().knows(referenced)) {
          values.put(key.columns().get(i), row.after().get(referenced));
        } else if (!Changes.changed(parent).mayContain(referenced)) {
          values.put(key.columns().get(i), row.before().get(referenced));
        }
      }
    }
    return new RowValues(values);
  }

  private static RowValues nulls(List<String> columns) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    columns.forEach(column -> values.put(column, null));
    return new RowValues(values);
  }
}
