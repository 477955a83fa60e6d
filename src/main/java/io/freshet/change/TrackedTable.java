package io.freshet.change;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A table whose changes something cached depends on, and what has to be told of its rows. Column
 * names are in lower case, without quotes. Immutable.
 *
 * @param table the table as the mapping names it: without a schema, it is the one that the search
 *     path finds
 * @param key the columns that tell rows apart: their values are told of every row that changes.
 *     Empty where rows matter by their watched columns only.
 * @param watched further columns that decide what a row belongs to: their old and new values are
 *     told where one of them changes, or the row comes or goes. Names that are no columns of the
 *     table are to be ignored: they come from SQL fragments of the mapping.
 */
public record TrackedTable(TableName table, Set<String> key, Set<String> watched) {

  public TrackedTable {
    key = folded(key);
    Set<String> identifying = key;
    watched =
        folded(watched).stream()
            .filter(column -> !identifying.contains(column))
            .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> folded(Collection<String> names) {
    return names.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }
}
