package io.freshet.torture;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a read returned, as far as one cached item answered for it. */
sealed interface Finding {

  /** Rows that one entry holds: an entity's, or those of a whole query result. */
  record Rows(List<Row> rows) implements Finding {
    public Rows {
      rows = List.copyOf(rows);
    }

    /** One row. */
    static Rows of(String table, String key, @Nullable String state) {
      return new Rows(List.of(new Row(table, key, state)));
    }
  }

  /**
   * The keys of all rows with a value in a column: a collection, a query's result, or a resolved
   * natural id.
   *
   * @param column its place in the row's state
   */
  record Members(String table, int column, String value, Set<String> keys) implements Finding {
    public Members {
      keys = Set.copyOf(keys);
    }
  }

  /**
   * Nothing was found by this natural id: nobody had it, or somebody had it and was gone a moment
   * later, which one read sees where it takes the resolution from the cache.
   */
  record Unresolved(String table, int column, String value) implements Finding {}

  /**
   * A row as it was read.
   *
   * @param state the observed columns, or null for no row
   */
  record Row(String table, String key, @Nullable String state) {}
}
