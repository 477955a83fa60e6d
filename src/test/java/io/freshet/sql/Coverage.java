package io.freshet.sql;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Whether changes tell of a write that is known to happen. */
final class Coverage {

  private Coverage() {}

  /**
   * A row that was written. The maps hold the columns that are known of it, as text.
   *
   * @param old the row before, or null
   * @param now the row after, or null
   */
  record WrittenRow(
      TableName table, Operation operation, Map<String, String> old, Map<String, String> now) {}

  static boolean covers(List<Change> changes, WrittenRow row) {
    return changes.stream().anyMatch(change -> covers(change, row));
  }

  private static boolean covers(Change change, WrittenRow row) {
    if (change instanceof TableChange table) {
      return table.table().mayBe(row.table())
          && (table.operation() == row.operation() || table.operation() == Operation.ANY)
          && (row.operation() != Operation.UPDATE || changedWithin(row, table.changed()));
    }
    if (change instanceof RowChange one) {
      return one.table().mayBe(row.table())
          && one.operation() == row.operation()
          && agrees(one.before(), row.old())
          && agrees(one.after(), row.now())
          && (row.operation() != Operation.UPDATE || changedWithin(row, one.changed()));
    }
    return true;
  }

  private static boolean changedWithin(WrittenRow row, ColumnSet changed) {
    return row.old() == null
        || row.now() == null
        || row.old().keySet().stream()
            .filter(column -> !Objects.equals(row.old().get(column), row.now().get(column)))
            .allMatch(changed::mayContain);
  }

  /** Whether nothing that is told of the row contradicts what it was. */
  private static boolean agrees(RowValues told, Map<String, String> row) {
    return row == null
        || told.values().entrySet().stream()
            .allMatch(
                entry ->
                    !row.containsKey(entry.getKey())
                        || Objects.equals(
                            row.get(entry.getKey()),
                            entry.getValue() == null ? null : entry.getValue().toString()));
  }
}
