package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.Identifiers;
import io.freshet.postgres.tracking.Relations.Relation;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Turns one plan into coverage. Used once, by one thread. */
final class CoverageResolver {

  /** Virtual generated columns are in no trigger's rows, and in no WAL. */
  private static final String COLUMNS =
      """
      select a.attrelid, a.attname from pg_catalog.pg_attribute a
      where a.attrelid = any (?::bigint[]::oid[]) and a.attnum > 0 and not a.attisdropped
        and a.attgenerated <> 'v'
      order by a.attrelid, a.attnum""";

  private static final String AGE_INSTEAD =
      "Do not cache what reads it, or give its region a freshet.region.<region>.ttl";

  private final Relations relations;
  private final Map<Relation, Columns> covered = new LinkedHashMap<>();
  private final Set<Long> views = new LinkedHashSet<>();
  private final Map<TableName, Set<TableName>> mapped = new LinkedHashMap<>();
  private final Map<TableName, Set<TableName>> readers = new LinkedHashMap<>();
  private final Set<Gap> gaps = new LinkedHashSet<>();

  private CoverageResolver(Relations relations) {
    this.relations = relations;
  }

  static Coverage resolve(Connection connection, TrackingPlan plan) throws SQLException {
    CoverageResolver resolver = new CoverageResolver(Relations.read(connection));
    plan.tables().forEach(resolver::cover);
    // most words of a SQL fragment are no tables
    plan.mentions()
        .forEach(
            word ->
                resolver
                    .relations
                    .find(TableName.of(word))
                    .forEach(relation -> resolver.cover(relation, Columns.none())));
    return new Coverage(
        resolver.tables(connection),
        resolver.views,
        resolver.mapped,
        resolver.readers,
        List.copyOf(resolver.gaps));
  }

  private void cover(TrackedTable tracked) {
    List<Relation> found = relations.find(tracked.table());
    if (found.isEmpty()) {
      List<Relation> elsewhere = relations.named(tracked.table());
      gaps.add(
          new Gap(
              tracked.table().toString(),
              "there is no such table"
                  + (elsewhere.isEmpty()
                      ? ""
                      : elsewhere.stream()
                          .map(relation -> relation.name().toString())
                          .collect(Collectors.joining(", ", "; there is ", ""))),
              elsewhere.isEmpty()
                  ? "Create it, or correct the mapping"
                  : "Name its schema in the mapping, or set the connection's search_path"));
    }
    mapped.put(tracked.table(), found.stream().map(Relation::name).collect(Collectors.toSet()));
    found.forEach(relation -> cover(relation, Columns.of(tracked)));
  }

  private void cover(Relation relation, Columns columns) {
    if (relation.system()) {
      gap(relation, "changes of the system catalog are not told");
      return;
    }
    switch (relation.kind()) {
      case TABLE -> coverTable(relation, columns);
      case VIEW -> coverView(relation, relation, new HashSet<>());
      case MATERIALIZED_VIEW -> gap(relation, "a REFRESH of a materialized view is not told");
      case FOREIGN_TABLE -> gap(relation, "who writes behind a foreign table is not told");
    }
  }

  private void coverTable(Relation table, Columns columns) {
    for (Relation top : relations.tops(table)) {
      covered.computeIfAbsent(top, relation -> Columns.none()).add(columns);
      // changes of a part are told under the name of the whole
      if (top.oid() != table.oid()) {
        reader(top, table);
      }
    }
    // except by the WAL, which has no such way for children
    relations.heirs(table).forEach(heir -> reader(heir, table));
  }

  private void coverView(Relation view, Relation reader, Set<Long> seen) {
    if (!seen.add(view.oid())) {
      return;
    }
    views.add(view.oid());
    for (Relation read : relations.readBy(view)) {
      if (read.kind() == Relations.Kind.VIEW && !read.system()) {
        coverView(read, reader, seen);
      } else if (read.kind() == Relations.Kind.TABLE && !read.system()) {
        cover(read, Columns.none());
        relations.tops(read).forEach(top -> reader(top, reader));
        relations.heirs(read).forEach(heir -> reader(heir, reader));
      } else {
        cover(read, Columns.none());
      }
    }
  }

  private void reader(Relation table, Relation reader) {
    readers.computeIfAbsent(table.name(), name -> new LinkedHashSet<>()).add(reader.name());
  }

  private void gap(Relation relation, String problem) {
    gaps.add(new Gap(relation.name().toString(), problem, AGE_INSTEAD));
  }

  private List<Coverage.Table> tables(Connection connection) throws SQLException {
    Map<Long, List<String>> columns = new LinkedHashMap<>();
    Sql.query(
        connection,
        COLUMNS,
        row ->
            columns.computeIfAbsent(row.getLong(1), oid -> new ArrayList<>()).add(row.getString(2)),
        connection.createArrayOf("int8", covered.keySet().stream().map(Relation::oid).toArray()));
    List<Coverage.Table> tables = new ArrayList<>();
    covered.forEach(
        (relation, wanted) -> {
          List<String> own = columns.getOrDefault(relation.oid(), List.of());
          List<String> key = wanted.keyOf(own);
          List<String> watched = wanted.watchedOf(own);
          tables.add(new Coverage.Table(relation.oid(), relation.name(), key, watched));
        });
    return tables;
  }

  /** Wanted columns, folded. */
  private record Columns(Set<String> key, Set<String> watched) {

    static Columns none() {
      return new Columns(new HashSet<>(), new HashSet<>());
    }

    static Columns of(TrackedTable table) {
      return new Columns(folded(table.key()), folded(table.watched()));
    }

    void add(Columns more) {
      key.addAll(more.key);
      watched.addAll(more.watched);
    }

    List<String> keyOf(List<String> columns) {
      return columns.stream().filter(column -> key.contains(Identifiers.fold(column))).toList();
    }

    List<String> watchedOf(List<String> columns) {
      return columns.stream()
          .filter(column -> watched.contains(Identifiers.fold(column)))
          .filter(column -> !key.contains(Identifiers.fold(column)))
          .toList();
    }

    private static Set<String> folded(Set<String> names) {
      return names.stream().map(Identifiers::fold).collect(Collectors.toSet());
    }
  }
}
