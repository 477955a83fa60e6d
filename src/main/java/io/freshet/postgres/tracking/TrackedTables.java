package io.freshet.postgres.tracking;

import io.freshet.Names;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.tracking.Relations.Relation;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Makes plans of tables that somebody has named. Stateless. */
public final class TrackedTables {

  private static final int SUGGESTIONS = 3;

  private static final String PRIMARY_KEY =
      """
      select a.attname from pg_catalog.pg_index x
      join pg_catalog.pg_attribute a
        on a.attrelid = x.indrelid and a.attnum = any (x.indkey::int2[])
      where x.indrelid = ?::bigint::oid and x.indisprimary""";

  private TrackedTables() {}

  /**
   * A plan of these tables, each with its primary key and nothing watched. Views stand for the
   * tables they read.
   *
   * @param names as in a statement: {@code product}, found by the connection's search path, or
   *     {@code shop.product}, {@code "Odd Name"}
   * @throws IllegalArgumentException if there is no such table; the message has the nearest names
   */
  public static TrackingPlan named(Connection connection, List<String> names) throws SQLException {
    Relations relations = Relations.read(connection);
    List<TrackedTable> tables = new ArrayList<>();
    for (String given : names) {
      if (given.isBlank()) {
        throw new IllegalArgumentException("a table's name is missing: the name given is blank");
      }
      List<Relation> found = relations.find(TableName.parse(given));
      if (found.isEmpty()) {
        throw unknown(given, relations);
      }
      for (Relation relation : found) {
        List<String> key =
            Sql.query(connection, PRIMARY_KEY, row -> row.getString(1), relation.oid());
        tables.add(new TrackedTable(relation.name(), Set.copyOf(key), Set.of()));
      }
    }
    return new TrackingPlan(tables.stream().distinct().toList(), Set.of());
  }

  private static IllegalArgumentException unknown(String given, Relations relations) {
    TableName name = TableName.parse(given);
    List<String> known =
        relations.all().stream()
            .filter(relation -> !relation.system())
            .flatMap(
                relation ->
                    name.schema() == null && relation.visible()
                        ? Stream.of(relation.name().name())
                        : Stream.of(relation.name().toString()))
            .toList();
    List<String> elsewhere =
        relations.named(name).stream().map(relation -> relation.name().toString()).toList();
    List<String> nearest =
        elsewhere.isEmpty() ? Names.nearest(name.toString(), known, SUGGESTIONS) : elsewhere;
    return new IllegalArgumentException(
        "there is no table "
            + given
            + (nearest.isEmpty()
                ? ": this database has no tables"
                : "; the nearest names are " + String.join(", ", nearest)));
  }
}
