package io.freshet.postgres;

import io.freshet.change.TableName;
import io.freshet.postgres.CatalogRows.Link;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the catalog with a handful of queries. Stateless. */
final class CatalogReader {

  /** For each query: a hung server must not hang a writer of the application for ever. */
  private static final int QUERY_TIMEOUT_SECONDS = 30;

  private static final String USER_SCHEMAS =
      """
      n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'""";

  private static final String RELATIONS =
      """
      select c.oid, n.nspname, c.relname, c.relkind, g.columns,
        case when p.partrelid is not null then array(
          select coalesce(a.attname, '') from pg_catalog.unnest(p.partattrs::int2[]) k (attnum)
          left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum) end
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_partitioned_table p on p.partrelid = c.oid
      left join (
        select attrelid, pg_catalog.array_agg(attname) as columns from pg_catalog.pg_attribute
        where attgenerated <> '' and not attisdropped group by attrelid) g on g.attrelid = c.oid
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and
      """
          + USER_SCHEMAS;

  private static final String INHERITANCE =
      "select inhrelid, inhparent from pg_catalog.pg_inherits";

  private static final String FOREIGN_KEYS =
      """
      select c.conrelid, c.confrelid, %s, %s, %s, c.confupdtype, c.confdeltype
      from pg_catalog.pg_constraint c where c.contype = 'f'"""
          .formatted(
              columnNames("conrelid", "conkey"),
              columnNames("confrelid", "confkey"),
              columnNames("conrelid", "confdelsetcols"));

  private static final String TRIGGERS =
      """
      select t.tgrelid, t.tgname, t.tgtype, t.tgfoid, array(
        select a.attname from pg_catalog.unnest(t.tgattr::int2[]) k (attnum)
        join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attnum = k.attnum)
      from pg_catalog.pg_trigger t where not t.tgisinternal and t.tgenabled <> 'D'""";

  /** The parsed rule's dependencies say more surely what it names than its text would. */
  private static final String RULES =
      """
      select r.oid, r.ev_class, r.ev_type, d.refclassid = 'pg_catalog.pg_proc'::regclass, d.refobjid
      from pg_catalog.pg_rewrite r
      join pg_catalog.pg_class c on c.oid = r.ev_class
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass
        and d.objid = r.oid and d.refclassid in
          ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
      where r.ev_enabled <> 'D' and
      """
          + USER_SCHEMAS;

  private static final String ATTACHED =
      """
      select o.relation, d.refobjid from pg_catalog.pg_depend d
      join (
        select 'pg_catalog.pg_attrdef'::regclass, oid, adrelid from pg_catalog.pg_attrdef
        union all
        select 'pg_catalog.pg_constraint'::regclass, oid, conrelid from pg_catalog.pg_constraint
        where conrelid <> 0
        union all
        select 'pg_catalog.pg_policy'::regclass, oid, polrelid from pg_catalog.pg_policy
        union all
        select 'pg_catalog.pg_trigger'::regclass, oid, tgrelid from pg_catalog.pg_trigger
        where tgqual is not null and tgenabled <> 'D'
      ) o (class, oid, relation) on o.class = d.classid and o.oid = d.objid
      where d.refclassid = 'pg_catalog.pg_proc'::regclass
        and not (d.classid = 'pg_catalog.pg_trigger'::regclass and exists (
          select from pg_catalog.pg_trigger t where t.oid = d.objid and t.tgfoid = d.refobjid))""";

  private static final String ROUTINES =
      """
      select p.oid, n.nspname, p.proname, p.prokind, p.provolatile = 'v', l.lanname,
        p.prorettype = 'pg_catalog.trigger'::regtype,
        exists (select from pg_catalog.pg_depend e
          where e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'),
        case when l.lanname in ('sql', 'plpgsql')
          then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) end,
        array(select u.refobjid::int8 from pg_catalog.pg_depend u
          where u.classid = 'pg_catalog.pg_proc'::regclass and u.objid = p.oid
            and u.refclassid = 'pg_catalog.pg_proc'::regclass)
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      join pg_catalog.pg_language l on l.oid = p.prolang
      where n.nspname not in ('pg_catalog', 'information_schema')
        or p.oid in (select tgfoid from pg_catalog.pg_trigger where not tgisinternal)""";

  private CatalogReader() {}

  /**
   * Reads everything.
   *
   * @throws SQLException if any query fails: a part of the truth is of no use
   */
  static CatalogRows read(Connection connection) throws SQLException {
    return new CatalogRows(
        query(connection, RELATIONS, CatalogReader::relation),
        links(connection, INHERITANCE),
        query(connection, FOREIGN_KEYS, CatalogReader::foreignKey),
        new CatalogRows.Code(
            query(connection, TRIGGERS, CatalogReader::trigger),
            rules(connection),
            links(connection, ATTACHED),
            query(connection, ROUTINES, CatalogReader::routine)));
  }

  private static Relation relation(ResultSet row) throws SQLException {
    return new Relation(
        row.getLong(1),
        new TableName(row.getString(2), row.getString(3)),
        row.getString(4).charAt(0),
        Set.copyOf(texts(row.getArray(5))),
        Set.copyOf(texts(row.getArray(6))));
  }

  private static ForeignKey foreignKey(ResultSet row) throws SQLException {
    List<String> columns = texts(row.getArray(3));
    List<String> onDeleteColumns = texts(row.getArray(5));
    return new ForeignKey(
        row.getLong(1),
        row.getLong(2),
        columns,
        texts(row.getArray(4)),
        new ForeignKey.Actions(
            ForeignKey.Action.of(row.getString(6).charAt(0)),
            ForeignKey.Action.of(row.getString(7).charAt(0)),
            onDeleteColumns.isEmpty() ? columns : onDeleteColumns));
  }

  private static Trigger trigger(ResultSet row) throws SQLException {
    return new Trigger(
        row.getLong(1),
        row.getString(2),
        row.getInt(3),
        row.getLong(4),
        Set.copyOf(texts(row.getArray(5))));
  }

  private static Routine routine(ResultSet row) throws SQLException {
    String body = row.getString(9);
    return new Routine(
        row.getLong(1),
        new TableName(row.getString(2), row.getString(3)),
        new Routine.Traits(
            row.getString(4).charAt(0),
            row.getBoolean(5),
            row.getString(6),
            row.getBoolean(7),
            row.getBoolean(8)),
        body == null ? "" : body,
        Set.copyOf(List.of((Long[]) row.getArray(10).getArray())));
  }

  private static List<Link> links(Connection connection, String sql) throws SQLException {
    return query(connection, sql, row -> new Link(row.getLong(1), row.getLong(2)));
  }

  /** One row per dependency, put together again. */
  private static List<Rule> rules(Connection connection) throws SQLException {
    Map<Long, Rule> rules = new LinkedHashMap<>();
    query(
        connection,
        RULES,
        row -> {
          long relation = row.getLong(2);
          char event = row.getString(3).charAt(0);
          Rule rule =
              rules.computeIfAbsent(
                  row.getLong(1),
                  oid -> new Rule(relation, event, new HashSet<>(), new HashSet<>()));
          boolean function = row.getBoolean(4);
          long dependency = row.getLong(5);
          return row.wasNull() || (function ? rule.routines() : rule.relations()).add(dependency);
        });
    return List.copyOf(rules.values());
  }

  private static <T> List<T> query(Connection connection, String sql, RowMapper<T> mapper)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(QUERY_TIMEOUT_SECONDS);
      try (ResultSet rows = statement.executeQuery(sql)) {
        List<T> read = new ArrayList<>();
        while (rows.next()) {
          read.add(mapper.map(rows));
        }
        return List.copyOf(read);
      }
    }
  }

  private static List<String> texts(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  /** The names of the columns whose numbers stand in an array of pg_constraint, in its order. */
  private static String columnNames(String relation, String numbers) {
    return """
        array(select a.attname from pg_catalog.unnest(c.%s) with ordinality k (attnum, i)
          join pg_catalog.pg_attribute a on a.attrelid = c.%s and a.attnum = k.attnum order by k.i)"""
        .formatted(numbers, relation);
  }

  /** One row of a result. */
  @FunctionalInterface
  private interface RowMapper<T> {
    T map(ResultSet row) throws SQLException;
  }
}
