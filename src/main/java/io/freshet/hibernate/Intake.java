package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.TableMap;
import io.freshet.postgres.tracking.Coverage;
import java.util.Map;
import java.util.Set;

/**
 * What the changes touch that a feed tells of. Thread-safe.
 *
 * <p>A feed of a database names tables with their schemas, so tables of one name in several schemas
 * are told apart here. A change of a table counts for the views that read it as well.
 */
final class Intake {

  private final Node node;
  private final TableMap tables;
  private final Map<TableName, Set<TableName>> readers;

  private Intake(Node node, TableMap tables, Map<TableName, Set<TableName>> readers) {
    this.node = node;
    this.tables = tables;
    this.readers = readers;
  }

  /** For a feed that names tables as the catalog does. */
  static Intake of(Node node, Coverage coverage) {
    TableMap tables =
        node.tables().qualified(name -> coverage.mapped().getOrDefault(name, Set.of()));
    return new Intake(node, tables, coverage.readers());
  }

  /** For changes that other nodes have found out by their mappings. */
  static Intake byName(Node node) {
    return new Intake(node, node.tables(), Map.of());
  }

  /** What the change set touches, but for echoes of what this node has cached itself. */
  Footprint footprint(ChangeSet changes, Echoes echoes) {
    FootprintSum sum = new FootprintSum();
    for (Change change : changes.changes()) {
      Footprint touched = node.footprintOf(tables, change);
      if (change instanceof RowChange row) {
        touched = withoutEcho(row, touched, echoes);
      } else if (change instanceof TableChange table) {
        echoes.forget(table.table());
      } else {
        echoes.clear();
      }
      sum.add(touched);
      for (TableName view : readersOf(change)) {
        sum.add(node.footprintOf(tables, TableChange.anything(view)));
      }
    }
    return sum.toFootprint();
  }

  private Set<TableName> readersOf(Change change) {
    if (change instanceof RowChange row) {
      return readers.getOrDefault(row.table(), Set.of());
    } else if (change instanceof TableChange table) {
      return readers.getOrDefault(table.table(), Set.of());
    }
    return Set.of();
  }

  private Footprint withoutEcho(RowChange row, Footprint touched, Echoes echoes) {
    if (row.operation() != Operation.UPDATE || echoes.isEmpty()) {
      return touched;
    }
    // a row that was written as it had been touches nothing, and is an echo all the same
    Footprint named =
        row.changed().equals(ColumnSet.NONE)
            ? node.footprintOf(
                tables,
                new RowChange(
                    row.table(), row.operation(), row.before(), row.after(), ColumnSet.ALL))
            : touched;
    Footprint rest = touched;
    for (var region : named.regions().entrySet()) {
      for (Object key : region.getValue().keys()) {
        if (echoes.claim(region.getKey(), key, row.table())) {
          rest = rest.without(region.getKey(), key);
        }
      }
    }
    return rest;
  }
}
