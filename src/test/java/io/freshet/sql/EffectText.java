package io.freshet.sql;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.UnknownChange;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The stable notation of effects in the corpus. */
final class EffectText {

  private EffectText() {}

  /** One line for each change, {@code nothing} for none. */
  static String of(List<Change> changes) {
    return changes.isEmpty()
        ? "nothing"
        : changes.stream().map(EffectText::line).collect(Collectors.joining("\n"));
  }

  private static String line(Change change) {
    if (change instanceof RowChange row) {
      String text = row.operation() + " " + row.table();
      if (row.operation() != Operation.INSERT) {
        text += " " + values(row.before());
      }
      if (row.operation() != Operation.DELETE) {
        text += " -> " + values(row.after());
      }
      return text + changed(row.operation(), row.changed());
    }
    if (change instanceof TableChange table) {
      return table.operation()
          + " "
          + table.table()
          + " *"
          + changed(table.operation(), table.changed());
    }
    return "UNKNOWN: " + ((UnknownChange) change).reason();
  }

  private static String changed(Operation operation, ColumnSet changed) {
    if (operation != Operation.UPDATE) {
      return "";
    }
    return changed.all()
        ? " changed ALL"
        : " changed " + changed.names().stream().sorted().collect(Collectors.joining(","));
  }

  private static String values(RowValues values) {
    return new TreeMap<>(values.values())
        .entrySet().stream()
            .map(
                entry ->
                    entry.getKey()
                        + "="
                        + (entry.getValue() instanceof String text
                            ? "'" + text + "'"
                            : entry.getValue()))
            .collect(Collectors.joining(", ", "[", "]"));
  }
}
