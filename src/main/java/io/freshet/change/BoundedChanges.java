package io.freshet.change;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one transaction does, bounded: of each table and operation at most so many rows; more become
 * one {@link TableChange}. Not thread-safe.
 */
public final class BoundedChanges {

  private final int maxKeys;
  private final Map<TableName, Map<Operation, Integer>> rows = new HashMap<>();
  private final Map<TableName, Set<Operation>> told = new HashMap<>();
  private final Set<TableChange> tables = new HashSet<>();
  private final List<Change> changes = new ArrayList<>();
  private boolean unknown;

  /**
   * @param maxKeys the most rows of one table and operation
   */
  public BoundedChanges(int maxKeys) {
    this.maxKeys = maxKeys;
  }

  /** Whether nothing has changed. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /** All so far. */
  public ChangeSet toChangeSet() {
    return new ChangeSet(changes);
  }

  /** Whether the table is told as a whole for this operation, so that its rows need not be. */
  public boolean isTold(TableName table, Operation operation) {
    Set<Operation> operations = told.get(table);
    return operations != null && operations.contains(operation);
  }

  /** Adds a change, unless what was added before says as much. */
  public void add(Change change) {
    if (change instanceof RowChange row) {
      addRow(row);
    } else if (change instanceof TableChange table) {
      if (tables.add(table)) {
        changes.add(table);
      }
    } else if (!unknown) {
      // one says it all
      unknown = true;
      changes.add(change);
    }
  }

  private void addRow(RowChange row) {
    TableName table = row.table();
    Operation operation = row.operation();
    if (isTold(table, operation)) {
      return;
    }
    int count =
        rows.computeIfAbsent(table, one -> new EnumMap<>(Operation.class))
            .merge(operation, 1, Integer::sum);
    if (count <= maxKeys) {
      changes.add(row);
      return;
    }
    told.computeIfAbsent(table, one -> new HashSet<>()).add(operation);
    changes.removeIf(
        one ->
            one instanceof RowChange other
                && other.operation() == operation
                && other.table().equals(table));
    // their columns are those of the rows so far and of all that are not looked at any more
    add(new TableChange(table, operation, ColumnSet.ALL));
  }

  /** Forgets everything. */
  public void clear() {
    rows.clear();
    told.clear();
    tables.clear();
    changes.clear();
    unknown = false;
  }
}
