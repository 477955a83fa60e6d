package io.freshet.cli;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.postgres.tracking.Coverage;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Changes as lines for people: table, operation, key, and the other columns that are known.
 *
 * @param coverage what is told of; null before anything is
 */
record ChangeText(@Nullable Coverage coverage) {

  String of(Change change) {
    if (change instanceof RowChange row) {
      return "%s  %s  %s".formatted(name(row.table()), operation(row.operation()), row(row));
    } else if (change instanceof TableChange table) {
      return "%s  %s  any row%s"
          .formatted(name(table.table()), operation(table.operation()), columns(table.changed()));
    }
    return "anything may have changed: " + Visible.text(((UnknownChange) change).reason());
  }

  private static String name(TableName table) {
    return Visible.text(SqlText.qualified(table));
  }

  private static String operation(Enum<?> operation) {
    return operation.name().equals("ANY") ? "*" : operation.name();
  }

  private String row(RowChange row) {
    List<String> parts = new ArrayList<>();
    Set<String> all = new LinkedHashSet<>(row.before().values().keySet());
    all.addAll(row.after().values().keySet());
    Set<String> key = key(row.table(), all);
    // the key first, whatever the order on the wire
    Set<String> ordered = new LinkedHashSet<>(key);
    ordered.retainAll(all);
    ordered.addAll(all);
    for (String column : ordered) {
      parts.add(column(column, row.before(), row.after()));
    }
    if (parts.isEmpty()) {
      parts.add("a row");
    }
    return String.join("  ", parts) + columns(row.changed());
  }

  private static String column(String column, RowValues before, RowValues after) {
    String name = Visible.text(column);
    if (before.knows(column) && after.knows(column)) {
      Object old = before.get(column);
      Object now = after.get(column);
      if (!Objects.equals(old, now)) {
        return "%s: %s -> %s".formatted(name, Visible.value(old), Visible.value(now));
      }
    }
    return name + "=" + Visible.value(after.knows(column) ? after.get(column) : before.get(column));
  }

  private Set<String> key(TableName table, Set<String> otherwise) {
    if (coverage != null) {
      for (Coverage.Table covered : coverage.tables()) {
        if (covered.name().equals(table)) {
          Set<String> folded = new LinkedHashSet<>();
          covered.key().forEach(column -> folded.add(column.toLowerCase(Locale.ROOT)));
          return folded;
        }
      }
    }
    return otherwise;
  }

  private static String columns(ColumnSet changed) {
    if (changed.all()) {
      return "";
    }
    return changed.names().isEmpty()
        ? "  (nothing changed)"
        : "  (changed: %s)"
            .formatted(Visible.text(String.join(", ", new TreeSet<>(changed.names()))));
  }
}
