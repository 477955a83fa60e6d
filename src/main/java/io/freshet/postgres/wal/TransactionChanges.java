package io.freshet.postgres.wal;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.MalformedChangeSetException;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one transaction did, bounded. Used by one thread. */
final class TransactionChanges {

  private final int maxKeys;
  private final Map<TableName, Map<Operation, Integer>> rows = new HashMap<>();
  private final Map<TableName, Set<Operation>> told = new HashMap<>();
  private final Set<TableChange> tables = new HashSet<>();
  private final List<Change> changes = new ArrayList<>();
  private boolean unknown;

  TransactionChanges(int maxKeys) {
    this.maxKeys = maxKeys;
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  ChangeSet toChangeSet() {
    return new ChangeSet(changes);
  }

  /** Whether the table is told as a whole for this operation, so that its rows need not be. */
  boolean isTold(TableName table, Operation operation) {
    Set<Operation> operations = told.get(table);
    return operations != null && operations.contains(operation);
  }

  /**
   * Adds what {@code freshet.evict} wrote. A text that cannot be read told of something all the
   * same.
   */
  void announce(String json) {
    try {
      ChangeSetCodec.decode(json).changes().forEach(this::add);
    } catch (MalformedChangeSetException e) {
      add(new UnknownChange("a message to " + TransactionReader.PREFIX + ": " + e.getMessage()));
    }
  }

  void add(Change change) {
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
}
