package io.freshet.mapping;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns the values of key columns, in the order of the mapping, into the object that Hibernate puts
 * into its cache keys. Thread-safe.
 */
@FunctionalInterface
interface KeyReader {

  /** For keys that are equal in SQL without being equal in Java, or that cannot be built. */
  KeyReader NEVER = values -> Optional.empty();

  /**
   * Reads a key.
   *
   * @param values one for each key column, none of them null
   * @return empty where a value cannot be converted: the whole region is suspect then
   */
  Optional<Object> read(List<? extends @Nullable Object> values);
}
