package io.freshet.mapping;

import io.freshet.change.ColumnSet;
import io.freshet.change.RowValues;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The columns of one table that hold a cache key, and how to make the key of them. Immutable.
 *
 * @param target where the key leads
 * @param columns key columns in the order of the mapping, lower case
 * @param reader makes the identifier
 */
record RowKey(Target target, List<String> columns, KeyReader reader) {

  RowKey {
    columns = List.copyOf(columns);
  }

  /** The key's columns together with those of the others that can be named. */
  ColumnSet with(ColumnSet others) {
    Set<String> all = new HashSet<>(columns);
    if (!others.all()) {
      all.addAll(others.names());
    }
    return ColumnSet.of(all);
  }

  /** Adds the key that the values hold, or the region where they do not tell it. */
  void require(RowValues values, @Nullable String tenant, FootprintBuilder out) {
    if (!addKnown(values, tenant, out)) {
      out.region(target.region());
    }
  }

  /**
   * Adds the key that the values hold.
   *
   * @return false if they do not tell it. A null in a key column is an answer: such a row belongs
   *     to no key.
   */
  boolean addKnown(RowValues values, @Nullable String tenant, FootprintBuilder out) {
    List<@Nullable Object> key = new ArrayList<>();
    boolean unknown = false;
    for (String column : columns) {
      Object value = values.get(column);
      if (value != null) {
        key.add(value);
      } else if (values.knows(column)) {
        return true;
      } else {
        unknown = true;
      }
    }
    if (unknown || key.isEmpty() || reader == KeyReader.NEVER || !target.keyed(tenant)) {
      return false;
    }
    Optional<Object> id = reader.read(key);
    id.ifPresent(found -> out.key(target.region(), target.key(found, tenant)));
    return id.isPresent();
  }
}
