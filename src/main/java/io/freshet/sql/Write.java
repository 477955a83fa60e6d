package io.freshet.sql;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One write of a statement, known up to its parameters. Immutable. */
sealed interface Write {

  /**
   * What it changes with these parameters.
   *
   * @param maxRows more rows of the table than this become one table change
   */
  List<Change> changes(List<?> parameters, int maxRows);

  /** A write that no parameter makes more precise. */
  record Fixed(Change change) implements Write {
    @Override
    public List<Change> changes(List<?> parameters, int maxRows) {
      return List.of(change);
    }
  }

  /**
   * UPDATE or DELETE of the rows where each pinned column has one of its values.
   *
   * @param pins by column in lower case
   * @param assigned by column in lower case, where the new value can be told
   * @param changed the assigned columns
   */
  record Pinned(
      TableName table,
      Operation operation,
      Map<String, List<Value>> pins,
      Map<String, Value> assigned,
      ColumnSet changed)
      implements Write {

    @Override
    public List<Change> changes(List<?> parameters, int maxRows) {
      List<Map<String, @Nullable Object>> rows = rows(parameters, maxRows);
      if (rows.isEmpty()) {
        return List.of(new TableChange(table, operation, changed));
      }
      Map<String, @Nullable Object> stored = known(assigned, parameters);
      List<Change> changes = new ArrayList<>();
      for (Map<String, @Nullable Object> before : rows) {
        changes.add(
            new RowChange(table, operation, new RowValues(before), after(before, stored), changed));
      }
      return changes;
    }

    private RowValues after(
        Map<String, @Nullable Object> before, Map<String, @Nullable Object> stored) {
      if (operation == Operation.DELETE) {
        return RowValues.UNKNOWN;
      }
      Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
      after.keySet().removeIf(changed::mayContain);
      after.putAll(stored);
      return new RowValues(after);
    }

    /** The cross product of the pins; empty where no pin is known or it has too many rows. */
    private List<Map<String, @Nullable Object>> rows(List<?> parameters, int maxRows) {
      List<Map<String, @Nullable Object>> rows = new ArrayList<>();
      rows.add(Map.of());
      for (Map.Entry<String, List<Value>> pin : pins.entrySet()) {
        Set<Object> values = values(pin.getValue(), parameters);
        if (values.isEmpty()) {
          continue;
        }
        if ((long) rows.size() * values.size() > maxRows) {
          return List.of();
        }
        List<Map<String, @Nullable Object>> product = new ArrayList<>();
        for (Map<String, @Nullable Object> row : rows) {
          for (Object value : values) {
            Map<String, @Nullable Object> wider = new LinkedHashMap<>(row);
            wider.put(pin.getKey(), value);
            product.add(wider);
          }
        }
        rows = product;
      }
      return rows.get(0).isEmpty() ? List.of() : rows;
    }

    /** The values a pinned column can have; empty where one is unknown, and NULL equals nothing. */
    private static Set<Object> values(List<Value> pinned, List<?> parameters) {
      Set<Object> values = new LinkedHashSet<>();
      for (Value value : pinned) {
        Value.Literal literal = value.literal(parameters);
        if (literal == null) {
          return Set.of();
        }
        if (literal.value() != null) {
          values.add(literal.value());
        }
      }
      return values;
    }
  }

  /**
   * INSERT of rows that stand in the text.
   *
   * @param rows for each row the columns whose values can be told, in lower case
   */
  record Inserted(TableName table, List<Map<String, Value>> rows) implements Write {
    @Override
    public List<Change> changes(List<?> parameters, int maxRows) {
      if (rows.size() > maxRows) {
        return List.of(new TableChange(table, Operation.INSERT, ColumnSet.ALL));
      }
      List<Change> changes = new ArrayList<>();
      for (Map<String, Value> row : rows) {
        RowValues after = new RowValues(known(row, parameters));
        changes.add(
            new RowChange(table, Operation.INSERT, RowValues.UNKNOWN, after, ColumnSet.ALL));
      }
      return changes;
    }
  }

  /**
   * The update that ON CONFLICT makes of an insert: of the rows that already have the values.
   *
   * @param conflict the columns of the conflict target, in lower case
   * @param rows as in {@link Inserted}
   * @param changed the assigned columns
   */
  record Upserted(
      TableName table, Set<String> conflict, List<Map<String, Value>> rows, ColumnSet changed)
      implements Write {
    @Override
    public List<Change> changes(List<?> parameters, int maxRows) {
      List<Change> changes = new ArrayList<>();
      for (Map<String, Value> row : rows) {
        Map<String, @Nullable Object> before = known(row, parameters);
        before.keySet().retainAll(conflict);
        before.values().removeIf(value -> value == null);
        if (before.size() < conflict.size() || rows.size() > maxRows) {
          return List.of(new TableChange(table, Operation.UPDATE, changed));
        }
        Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
        after.keySet().removeIf(changed::mayContain);
        changes.add(
            new RowChange(
                table, Operation.UPDATE, new RowValues(before), new RowValues(after), changed));
      }
      return changes;
    }
  }

  /** The values that can be told with these parameters. */
  private static Map<String, @Nullable Object> known(
      Map<String, Value> values, List<?> parameters) {
    Map<String, @Nullable Object> known = new LinkedHashMap<>();
    values.forEach(
        (column, value) -> {
          Value.Literal literal = value.literal(parameters);
          if (literal != null) {
            known.put(column.toLowerCase(Locale.ROOT), literal.value());
          }
        });
    return known;
  }
}
