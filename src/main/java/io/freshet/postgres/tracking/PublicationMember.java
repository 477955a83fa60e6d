package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;

/**
 * A covered table, or a partition or child of one, as publication {@code freshet} has it.
 * Immutable.
 *
 * @param root the covered table
 * @param published whether the publication contains it, be it by an ancestor
 */
record PublicationMember(
    long root, TableName name, Traits traits, boolean published, Identity identity) {

  /**
   * What is published of a table itself or with its schema or all. A partition goes with any of its
   * ancestors, a child (INHERITS) only with itself.
   */
  private static final String MEMBERS =
      """
      with recursive member (root, id, via) as (
        select c::bigint, c::oid, array[c::oid] from pg_catalog.unnest(?::bigint[]) c
        union all
        select m.root, i.inhrelid,
          case when k.relispartition then m.via || i.inhrelid else array[i.inhrelid] end
        from member m join pg_catalog.pg_inherits i on i.inhparent = m.id
        join pg_catalog.pg_class k on k.oid = i.inhrelid and k.relkind in ('r', 'p')
      )
      select m.root, m.id::bigint, n.nspname, c.relname, c.relkind,
        c.relispartition and m.id <> m.root::oid, c.relpersistence = 'p',
        exists (
          select from pg_catalog.pg_publication p where p.pubname = 'freshet' and (
            p.puballtables
            or exists (select from pg_catalog.pg_publication_rel r
              where r.prpubid = p.oid and r.prrelid = any (m.via))
            or exists (select from pg_catalog.pg_publication_namespace s
              where s.pnpubid = p.oid and s.pnnspid = c.relnamespace))),
        exists (
          select from pg_catalog.pg_publication_rel r
          join pg_catalog.pg_publication p on p.oid = r.prpubid and p.pubname = 'freshet'
          where r.prrelid = m.id and (r.prattrs is not null or r.prqual is not null)),
        c.relreplident = 'f',
        array(
          select a.attname from pg_catalog.pg_index x
          join pg_catalog.pg_attribute a
            on a.attrelid = x.indrelid and a.attnum = any (x.indkey::int2[])
          where x.indrelid = m.id and case c.relreplident
            when 'd' then x.indisprimary when 'i' then x.indisreplident else false end),
        c.relreplident = 'd',
        exists (
          select from pg_catalog.pg_publication_rel r
          join pg_catalog.pg_publication p on p.oid = r.prpubid and p.pubname = 'freshet'
          where r.prrelid = m.id)
      from member m
      join pg_catalog.pg_class c on c.oid = m.id
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      order by m.root, m.id <> m.root::oid, n.nspname, c.relname""";

  static List<PublicationMember> of(Connection connection, Coverage coverage) throws SQLException {
    return Sql.query(connection, MEMBERS, PublicationMember::read, Sql.oids(connection, coverage));
  }

  private static PublicationMember read(ResultSet row) throws SQLException {
    return new PublicationMember(
        row.getLong(1),
        new TableName(row.getString(3), row.getString(4)),
        new Traits(
            row.getString(5).equals("p"), row.getBoolean(7), row.getBoolean(9), row.getBoolean(13)),
        row.getBoolean(8),
        new Identity(row.getBoolean(10), Sql.strings(row.getArray(11)), row.getBoolean(12)));
  }

  /** Whether an update may happen, and says what has to be told. */
  boolean identifies(Coverage.Table table) {
    // rows are in the partitions, and so are the identities
    return traits.partitioned()
        || identity.full()
        || (!identity.columns().isEmpty()
            && table.watched().isEmpty()
            && new HashSet<>(identity.columns()).containsAll(table.key()));
  }

  String identityCommand() {
    return "alter table only " + Sql.qualified(name) + " replica identity full";
  }

  String defaultIdentityCommand() {
    return "alter table only " + Sql.qualified(name) + " replica identity default";
  }

  String addCommand() {
    return "alter publication freshet add table only " + Sql.qualified(name);
  }

  String dropCommand() {
    return "alter publication freshet drop table only " + Sql.qualified(name);
  }

  /**
   * What a relation is like.
   *
   * @param restricted published with a row filter or a column list
   * @param listed whether the publication names it itself
   */
  record Traits(boolean partitioned, boolean permanent, boolean restricted, boolean listed) {}

  /**
   * What the WAL says of an old row: everything, or the columns of an index.
   *
   * @param byDefault whether that index is the primary key because nobody said otherwise
   */
  record Identity(boolean full, List<String> columns, boolean byDefault) {}
}
