package io.freshet.postgres.tracking;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/**
 * Digests of the part of the catalog that tells of changes. A row of the catalog that is replaced
 * gets another {@code xmin}, so that nothing of its content has to be read. Stateless.
 */
final class Signatures {

  /** No such table or schema, or no right to see it: the script is not there, or not ours. */
  private static final Set<String> NO_TABLE = Set.of("42P01", "3F000", Sql.INSUFFICIENT_PRIVILEGE);

  /**
   * Covered tables with their parts, the views that read them, and everything that fires on a write
   * to one of them. Columns are in it because {@code alter table ... using} rewrites rows without
   * telling. A table's file is not: TRUNCATE makes a new one, and tells.
   *
   * <p>Rows are hashed and the hashes summed: half as dear as putting texts in order, and rows come
   * in any order.
   */
  private static final String FIRED =
      """
      with recursive covered as (
        select pg_catalog.unnest(?::bigint[])::oid as id
        union
        select i.inhrelid from covered join pg_catalog.pg_inherits i on i.inhparent = covered.id
      ), fired as (
        select t.oid, t.xmin, t.tgenabled, t.tgrelid, t.tgfoid
        from covered join pg_catalog.pg_trigger t on t.tgrelid = covered.id
      ), part (hash) as (
        select pg_catalog.hash_record_extended((c.oid, c.relname, c.relnamespace,
          c.relpersistence, c.relispartition, c.relreplident), 1)
        from covered join pg_catalog.pg_class c on c.oid = covered.id
        union all
        select pg_catalog.hash_record_extended((a.attrelid, a.attnum, a.xmin), 11)
        from covered join pg_catalog.pg_attribute a on a.attrelid = covered.id and a.attnum > 0
        union all
        select pg_catalog.hash_record_extended((oid, xmin, tgenabled, tgrelid), 2) from fired
        union all
        select pg_catalog.hash_record_extended((tgfoid,
          (select p.xmin from pg_catalog.pg_proc p where p.oid = tgfoid)), 3)
        from (select distinct tgfoid from fired) f
        union all
        select pg_catalog.hash_record_extended((r.oid, r.xmin, r.ev_enabled), 4)
        from covered join pg_catalog.pg_rewrite r on r.ev_class = covered.id
        union all
        %s
      )
      select pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(hash)) from part""";

  private static final String OF_TRIGGERS =
      FIRED.formatted(
          "select pg_catalog.hash_record_extended(row(tx::text), 5) from freshet.unannounced");

  private static final String WITHOUT_SCRIPT = FIRED.formatted("select 6");

  /**
   * TRUNCATE of a partition is not told where changes are published as the root's ({@code
   * pgoutput_truncate} in {@code pgoutput.c}): it is known by the new file.
   */
  private static final String OF_PUBLICATION =
      FIRED.formatted(
          """
          select pg_catalog.hash_record_extended((p.oid, p.xmin), 7)
          from pg_catalog.pg_publication p where p.pubname = 'freshet'
          union all
          select pg_catalog.hash_record_extended((r.oid, r.xmin, r.prrelid), 8)
          from pg_catalog.pg_publication_rel r
          join pg_catalog.pg_publication p on p.oid = r.prpubid where p.pubname = 'freshet'
          union all
          select pg_catalog.hash_record_extended((s.oid, s.xmin), 9)
          from pg_catalog.pg_publication_namespace s
          join pg_catalog.pg_publication p on p.oid = s.pnpubid where p.pubname = 'freshet'
          union all
          select pg_catalog.hash_record_extended(
            (x.indexrelid, x.indisprimary, x.indisreplident), 10)
          from covered join pg_catalog.pg_index x on x.indrelid = covered.id
          where x.indisprimary or x.indisreplident
          union all
          select pg_catalog.hash_record_extended((c.oid, c.relfilenode), 12)
          from covered join pg_catalog.pg_class c on c.oid = covered.id
          where c.relispartition""");

  private Signatures() {}

  static String ofTriggers(Connection connection, Coverage coverage) throws SQLException {
    try {
      return Sql.text(connection, OF_TRIGGERS, Sql.oidsWithViews(connection, coverage));
    } catch (SQLException e) {
      if (!NO_TABLE.contains(Sql.orEmpty(e.getSQLState()))) {
        throw e;
      }
      return Sql.text(connection, WITHOUT_SCRIPT, Sql.oidsWithViews(connection, coverage));
    }
  }

  static String ofPublication(Connection connection, Coverage coverage) throws SQLException {
    return Sql.text(connection, OF_PUBLICATION, Sql.oidsWithViews(connection, coverage));
  }
}
