package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import io.freshet.change.TrackingPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A tracking plan as the tables of one database: names are exact, schemas filled in, views replaced
 * by the tables they read. Immutable.
 *
 * @param tables what has to be told of, each table once
 * @param views the object ids of the views in between: what they read may be changed as well
 * @param mapped by name in the plan: the tables and views that it stands for
 * @param readers by table, qualified and as the catalog spells it: what else has changed, for
 *     something cached, when a change of that table is told. The views that read it; the partitions
 *     and children that are mapped themselves, since changes are told under the name of the whole;
 *     and for a child (INHERITS), which the WAL tells under its own name, its mapped ancestors.
 * @param gaps what can never be told of: names that are no table, materialized views, foreign
 *     tables
 */
public record Coverage(
    List<Table> tables,
    Set<Long> views,
    Map<TableName, Set<TableName>> mapped,
    Map<TableName, Set<TableName>> readers,
    List<Gap> gaps) {

  /**
   * A table or partitioned table that has to be told of.
   *
   * @param oid its object id
   * @param name schema and name, as the catalog spells them
   * @param key columns that are always told, as the catalog spells them, in the table's order
   * @param watched columns that are told where one of them changes
   */
  public record Table(long oid, TableName name, List<String> key, List<String> watched) {
    public Table {
      key = List.copyOf(key);
      watched = List.copyOf(watched);
    }
  }

  public Coverage {
    tables = List.copyOf(tables);
    views = Set.copyOf(views);
    mapped = Map.copyOf(mapped);
    readers = Map.copyOf(readers);
    gaps = List.copyOf(gaps);
  }

  /** Finds the plan's tables by the connection's search path. */
  public static Coverage resolve(Connection connection, TrackingPlan plan) throws SQLException {
    return CoverageResolver.resolve(connection, plan);
  }
}
