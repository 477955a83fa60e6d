package io.freshet.postgres;

import io.freshet.change.TableName;
import java.util.Set;

/**
 * A table, partition, view, materialized view or foreign table.
 *
 * @param oid its identity in the catalog
 * @param name its name, with schema
 * @param kind {@code pg_class.relkind}
 * @param generated its generated columns, stored and virtual
 * @param partitionKey the columns that decide which partition a row is in; none where the relation
 *     is not partitioned, with an empty name among them where an expression decides
 */
record Relation(
    long oid, TableName name, char kind, Set<String> generated, Set<String> partitionKey) {

  boolean isView() {
    return kind == 'v';
  }

  /** Whether it holds rows of its own, or its partitions do. */
  boolean isTable() {
    return kind == 'r' || kind == 'p';
  }
}
