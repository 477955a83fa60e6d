package io.freshet.change;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one row's columns at one moment: the key, and whatever else the source of the
 * change could tell. A column that is not here is unknown; a column with a null value is SQL NULL.
 * Names are compared without regard to case. Immutable.
 *
 * <p>A value is either what JDBC binds (a {@code Long}, a {@code UUID}) or the text PostgreSQL
 * prints for it; the mapping turns both into identifiers.
 *
 * @param values the known values by column name in lower case
 */
public record RowValues(Map<String, @Nullable Object> values) {

  /** Nothing is known of the row. */
  public static final RowValues UNKNOWN = new RowValues(Map.of());

  public RowValues {
    Map<String, @Nullable Object> folded = new LinkedHashMap<>();
    values.forEach((column, value) -> folded.put(column.toLowerCase(Locale.ROOT), value));
    values = Collections.unmodifiableMap(folded);
  }

  /** One known column. */
  public static RowValues of(String column, @Nullable Object value) {
    Map<String, @Nullable Object> one = new LinkedHashMap<>();
    one.put(column, value);
    return new RowValues(one);
  }

  /** Whether the column's value is known, be it null. */
  public boolean knows(String column) {
    return values.containsKey(column.toLowerCase(Locale.ROOT));
  }

  /** Whether all these columns' values are known. */
  public boolean knowsAll(Collection<String> columns) {
    return columns.stream().allMatch(this::knows);
  }

  /** The column's value; null where it is SQL NULL or unknown. */
  public @Nullable Object get(String column) {
    return values.get(column.toLowerCase(Locale.ROOT));
  }
}
