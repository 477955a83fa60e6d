package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a database tells of, found in its catalog instead of a mapping: for whoever passes changes
 * on to others and does not know what they cache. Stateless.
 */
final class Everything {

  /** Views that users have made; those of other sessions' temporary schemas concern nobody. */
  private static final String USER_VIEWS =
      """
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'v' and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema', 'freshet')""";

  private static final String VIEWS = "select c.oid::bigint " + USER_VIEWS;

  /**
   * A part of a table is told under the name of the whole, and so the whole has to be covered; that
   * it has no triggers, if so, is a gap.
   */
  private static final String WITH_TRIGGERS =
      """
      select c.oid::bigint, n.nspname, c.relname, t.key, t.watched
      from freshet.tracked() t
      join pg_catalog.pg_class c on c.oid = coalesce(t.partition_of, t.relation)
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      order by t.partition_of is not null, n.nspname, c.relname""";

  /** Not intact tables included: that they are not is a gap, which has to be noticed. */
  private static final String TRIGGER_MEMBERSHIP =
      """
      with own as (
        select t.oid, t.xmin, t.tgrelid from pg_catalog.pg_trigger t
        join pg_catalog.pg_proc p on p.oid = t.tgfoid
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace and n.nspname = 'freshet'
        where t.tgname ~ '^freshet_'
      ), part (hash) as (
        select pg_catalog.hash_record_extended((oid, xmin, tgrelid), 21) from own
        union all
        select pg_catalog.hash_record_extended((i.inhrelid, i.inhparent), 22)
        from pg_catalog.pg_inherits i where i.inhrelid in (select tgrelid from own)
        union all
        select pg_catalog.hash_record_extended((c.oid, c.relname), 23)
      """
          + USER_VIEWS
          + """

      )
      select pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(hash),
        pg_catalog.obj_description(
          pg_catalog.to_regnamespace('freshet')::oid, 'pg_namespace')) from part""";

  /** The view resolves FOR ALL TABLES and schemas, and names roots instead of partitions. */
  private static final String PUBLISHED =
      """
      select c.oid::bigint, p.schemaname, p.tablename,
        array(
          select a.attname from pg_catalog.pg_index x
          cross join pg_catalog.unnest(x.indkey::int2[]) with ordinality as k (attnum, i)
          join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
          where x.indrelid = c.oid and case c.relreplident
            when 'i' then x.indisreplident else x.indisprimary end
          order by k.i),
        array(
          select a.attname from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and a.attgenerated <> 'v'
          order by a.attnum)
      from pg_catalog.pg_publication_tables p
      join pg_catalog.pg_namespace n on n.nspname = p.schemaname
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = p.tablename
      where p.pubname = 'freshet' and p.schemaname <> 'freshet'
      order by p.schemaname, p.tablename""";

  private static final String PUBLICATION_MEMBERSHIP =
      """
      with part (hash) as (
        select pg_catalog.hash_record_extended((p.schemaname, p.tablename), 24)
        from pg_catalog.pg_publication_tables p where p.pubname = 'freshet'
        union all
        select pg_catalog.hash_record_extended((d.xmin, d.description), 25)
        from pg_catalog.pg_publication p
        join pg_catalog.pg_description d on d.objoid = p.oid
          and d.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass
        where p.pubname = 'freshet'
        union all
        select pg_catalog.hash_record_extended((c.oid, c.relname), 26)
      """
          + USER_VIEWS
          + """

      )
      select pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(hash)) from part""";

  private Everything() {}

  static Coverage withTriggers(Connection connection) throws SQLException {
    if (Script.installed(connection) == 0) {
      return coverage(connection, List.of());
    }
    Set<Long> seen = new HashSet<>();
    List<Coverage.Table> tables =
        Sql.query(
                connection,
                WITH_TRIGGERS,
                row -> table(row, Sql.strings(row.getArray(4)), Sql.strings(row.getArray(5))))
            .stream()
            .filter(table -> seen.add(table.oid()))
            .toList();
    return coverage(connection, tables);
  }

  static Coverage published(Connection connection) throws SQLException {
    Recorded recorded = Recorded.read(connection);
    return coverage(connection, Sql.query(connection, PUBLISHED, row -> published(row, recorded)));
  }

  private static Coverage.Table published(ResultSet row, Recorded recorded) throws SQLException {
    TableName name = new TableName(row.getString(2), row.getString(3));
    List<String> identity = Sql.strings(row.getArray(4));
    List<String> columns = Sql.strings(row.getArray(5));
    Recorded.Columns wanted = recorded.tables().get(name);
    if (wanted == null) {
      return table(row, identity, List.of());
    }
    // what was recorded and is gone cannot be told any more
    Set<String> key = new LinkedHashSet<>(wanted.key());
    key.retainAll(columns);
    Set<String> watched = new LinkedHashSet<>(wanted.watched());
    watched.retainAll(columns);
    watched.removeAll(key);
    return table(row, List.copyOf(key), List.copyOf(watched));
  }

  private static Coverage.Table table(ResultSet row, List<String> key, List<String> watched)
      throws SQLException {
    return new Coverage.Table(
        row.getLong(1), new TableName(row.getString(2), row.getString(3)), key, watched);
  }

  private static Coverage coverage(Connection connection, List<Coverage.Table> tables)
      throws SQLException {
    List<Long> views = Sql.query(connection, VIEWS, row -> row.getLong(1));
    return new Coverage(tables, Set.copyOf(views), Map.of(), Map.of(), List.of());
  }

  static String triggerMembership(Connection connection) throws SQLException {
    return Sql.text(connection, TRIGGER_MEMBERSHIP);
  }

  static String publicationMembership(Connection connection) throws SQLException {
    return Sql.text(connection, PUBLICATION_MEMBERSHIP);
  }
}
