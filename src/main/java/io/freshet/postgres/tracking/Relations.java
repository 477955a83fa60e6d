package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import io.freshet.postgres.Identifiers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The relations of a database at one moment, and which is made of which. Immutable. */
final class Relations {

  /** Of other sessions' temporary tables nobody here can know anything. */
  private static final String RELATIONS =
      """
      select c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_table_is_visible(c.oid),
        n.nspname in ('pg_catalog', 'information_schema')
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
        and n.nspname <> 'pg_toast' and n.nspname <> 'freshet'
      order by n.nspname, c.relname""";

  private static final String PARENTS =
      """
      select i.inhrelid, i.inhparent, c.relispartition
      from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
      where c.relkind in ('r', 'p')""";

  private static final String READ_BY_VIEWS =
      """
      select distinct r.ev_class, d.refobjid
      from pg_catalog.pg_rewrite r
      join pg_catalog.pg_class c on c.oid = r.ev_class and c.relkind = 'v'
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        and d.objid = r.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      where d.refobjid <> r.ev_class and r.ev_type = '1'""";

  private final Map<Long, Relation> byOid = new LinkedHashMap<>();
  private final Map<String, List<Relation>> byName = new HashMap<>();
  private final Map<Long, Set<Long>> parents = new HashMap<>();
  private final Map<Long, Set<Long>> children = new HashMap<>();
  private final Map<Long, Set<Long>> readByView = new HashMap<>();

  private Relations() {}

  /**
   * One relation.
   *
   * @param kind as in pg_class
   * @param visible whether the search path finds it
   * @param system whether it belongs to the catalog
   */
  record Relation(long oid, TableName name, Kind kind, boolean visible, boolean system) {}

  /** What a relation is. */
  enum Kind {
    TABLE,
    VIEW,
    MATERIALIZED_VIEW,
    FOREIGN_TABLE;

    static Kind of(String relkind) {
      return switch (relkind) {
        case "v" -> VIEW;
        case "m" -> MATERIALIZED_VIEW;
        case "f" -> FOREIGN_TABLE;
        default -> TABLE;
      };
    }
  }

  static Relations read(Connection connection) throws SQLException {
    Relations relations = new Relations();
    for (Relation relation : Sql.query(connection, RELATIONS, Relations::relation)) {
      relations.byOid.put(relation.oid(), relation);
      relations
          .byName
          .computeIfAbsent(Identifiers.fold(relation.name().name()), name -> new ArrayList<>())
          .add(relation);
    }
    for (Link link : Sql.query(connection, PARENTS, row -> link(row, row.getBoolean(3)))) {
      add(relations.parents, link.from(), link.to());
      if (!link.partition()) {
        add(relations.children, link.to(), link.from());
      }
    }
    for (Link link : Sql.query(connection, READ_BY_VIEWS, row -> link(row, false))) {
      add(relations.readByView, link.from(), link.to());
    }
    return relations;
  }

  /** Those that the name may mean: in its schema, or without one by the search path. */
  List<Relation> find(TableName name) {
    return named(name).stream()
        .filter(
            relation ->
                name.schema() == null ? relation.visible() : sameSchema(relation.name(), name))
        .toList();
  }

  /** All there are. */
  Collection<Relation> all() {
    return byOid.values();
  }

  /** All of that name, wherever they are. */
  List<Relation> named(TableName name) {
    return byName.getOrDefault(Identifiers.fold(name.name()), List.of());
  }

  /** The relations that a view reads itself. */
  List<Relation> readBy(Relation view) {
    return relations(readByView.getOrDefault(view.oid(), Set.of()));
  }

  /** The topmost ancestors; the relation itself if it is neither partition nor child. */
  List<Relation> tops(Relation relation) {
    return relations(
        reach(parents, relation.oid()).stream().filter(oid -> !parents.containsKey(oid)).toList());
  }

  /** Children of any depth (INHERITS), without partitions. */
  List<Relation> heirs(Relation relation) {
    Set<Long> reached = reach(children, relation.oid());
    reached.remove(relation.oid());
    return relations(reached);
  }

  private List<Relation> relations(Collection<Long> oids) {
    // null: a relation that the query leaves out
    return oids.stream().map(byOid::get).filter(relation -> relation != null).toList();
  }

  private static Set<Long> reach(Map<Long, Set<Long>> links, long start) {
    Set<Long> reached = new LinkedHashSet<>();
    Deque<Long> open = new ArrayDeque<>(List.of(start));
    while (!open.isEmpty()) {
      long next = open.pop();
      if (reached.add(next)) {
        open.addAll(links.getOrDefault(next, Set.of()));
      }
    }
    return reached;
  }

  private static boolean sameSchema(TableName one, TableName other) {
    return Identifiers.fold(schema(one)).equals(Identifiers.fold(schema(other)));
  }

  private static String schema(TableName name) {
    @Nullable String schema = name.schema();
    return schema == null ? "" : schema;
  }

  private static void add(Map<Long, Set<Long>> links, long from, long to) {
    links.computeIfAbsent(from, oid -> new LinkedHashSet<>()).add(to);
  }

  private static Relation relation(ResultSet row) throws SQLException {
    return new Relation(
        row.getLong(1),
        new TableName(row.getString(2), row.getString(3)),
        Kind.of(row.getString(4)),
        row.getBoolean(5),
        row.getBoolean(6));
  }

  private static Link link(ResultSet row, boolean partition) throws SQLException {
    return new Link(row.getLong(1), row.getLong(2), partition);
  }

  private record Link(long from, long to, boolean partition) {}
}
