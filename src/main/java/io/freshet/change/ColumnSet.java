package io.freshet.change;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns that a change may have given another value. Column names are compared without regard
 * to case. Immutable.
 *
 * @param all true if any column may have changed but those in {@code names}; false if only those in
 *     {@code names} may have
 * @param names the columns in lower case, without quotes
 */
public record ColumnSet(boolean all, Set<String> names) {

  /** Any column may have changed. */
  public static final ColumnSet ALL = new ColumnSet(true, Set.of());

  /** No column changed. */
  public static final ColumnSet NONE = new ColumnSet(false, Set.of());

  public ColumnSet {
    names =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Exactly these columns. */
  public static ColumnSet of(Collection<String> names) {
    return new ColumnSet(false, Set.copyOf(names));
  }

  /** Any column but these, which have surely not changed. */
  public static ColumnSet allExcept(Collection<String> unchanged) {
    return new ColumnSet(true, Set.copyOf(unchanged));
  }

  /** Whether this column may have changed. */
  public boolean mayContain(String column) {
    return all != names.contains(column.toLowerCase(Locale.ROOT));
  }

  /** Whether one of these columns may have changed. */
  public boolean mayContainAny(Collection<String> columns) {
    return columns.stream().anyMatch(this::mayContain);
  }

  /** Whether a column of the other set is in this one as well; tables have any number of them. */
  public boolean mayIntersect(ColumnSet other) {
    if (all && other.all) {
      return true;
    }
    return all ? mayContainAny(other.names) : other.mayContainAny(names);
  }
}
