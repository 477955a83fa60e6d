package io.freshet.mapping;

import io.freshet.change.TableName;

/**
 * What the database knows about the types of key columns and the mapping does not: a {@code String}
 * may be mapped on {@code char(n)}, {@code citext} or a column with a nondeterministic collation.
 * Implementations are thread-safe and are asked while a {@link TableMap} is built.
 */
@FunctionalInterface
public interface ExactColumns {

  /** Trusts the mapping: a column has the type that Hibernate would create for it. */
  ExactColumns AS_MAPPED = (table, column) -> true;

  /**
   * Whether two values of the column that SQL takes for equal are always the same text. Where they
   * are not, one row has several cache keys, and its whole region is evicted.
   *
   * @param table the table as mapped
   * @param column the column in lower case, without quotes
   */
  boolean isExact(TableName table, String column);
}
