package io.freshet.change;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns that a change may have given another value. Column names are compared without regard
 * to case. Immutable.
 *
 * @param all true if any column may have changed; {@code names} is empty then
 * @param names the columns in lower case, without quotes
 */
public record ColumnSet(boolean all, Set<String> names) {

  /** Any column may have changed. */
  public static final ColumnSet ALL = new ColumnSet(true, Set.of());

  /** No column changed. */
  public static final ColumnSet NONE = new ColumnSet(false, Set.of());

  /**
   * @throws IllegalArgumentException if names are given beside {@code all}
   */
  public ColumnSet {
    if (all && !names.isEmpty()) {
      throw new IllegalArgumentException("all columns and a list of columns exclude each other");
    }
    names =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Exactly these columns. */
  public static ColumnSet of(Collection<String> names) {
    return new ColumnSet(false, Set.copyOf(names));
  }

  /** Whether this column may have changed. */
  public boolean mayContain(String column) {
    return all || names.contains(column.toLowerCase(Locale.ROOT));
  }

  /** Whether one of these columns may have changed. */
  public boolean mayContainAny(Collection<String> columns) {
    return all ? !columns.isEmpty() : columns.stream().anyMatch(this::mayContain);
  }
}
