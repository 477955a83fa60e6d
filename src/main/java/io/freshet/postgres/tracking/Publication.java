package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Publication {@code freshet}, and the replica identities that make its rows say enough. Needs the
 * right to create in the database, and the ownership of the tables. Immutable and thread-safe.
 */
public final class Publication implements Tracking {

  /** The publication's name. */
  public static final String NAME = "freshet";

  private static final String OPTIONS =
      "(publish = 'insert, update, delete, truncate', publish_via_partition_root = true)";

  private static final String STATE =
      """
      select p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate, p.pubviaroot
      from pg_catalog.pg_publication p where p.pubname = 'freshet'""";

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
            when 'd' then x.indisprimary when 'i' then x.indisreplident else false end)
      from member m
      join pg_catalog.pg_class c on c.oid = m.id
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      order by m.root, m.id <> m.root::oid, n.nspname, c.relname""";

  /** Managed services give the right by membership in a role of their own. */
  private static final String MAY_REPLICATE =
      """
      select exists (
        select from pg_catalog.pg_roles r
        where (r.rolsuper or r.rolreplication) and r.rolname = current_user
          or r.rolname ~ 'replication|superuser|cloudsqlsuperuser|azure_pg_admin'
            and pg_catalog.pg_has_role(current_user, r.oid, 'member'))::text""";

  @Override
  public List<Gap> install(Connection connection, Coverage coverage) throws SQLException {
    return Installation.run(
        connection, installation -> install(connection, coverage, installation));
  }

  private static void install(Connection connection, Coverage coverage, Installation installation)
      throws SQLException {
    // for freshet.evict; the feed does without it
    installation.optionalStep(() -> Script.ensure(connection));
    if (!ensurePublication(connection, installation)) {
      return;
    }
    Map<Long, Coverage.Table> tables = byOid(coverage);
    for (Member member : members(connection, coverage)) {
      Coverage.Table table = tables.get(member.root());
      if (table == null || !member.traits().permanent()) {
        continue;
      }
      // first the identity: without one, the publication makes updates of the table fail
      String identity = identityCommand(member);
      boolean identified =
          member.identifies(table)
              || installation.step(
                  member.name().toString(),
                  "Let the table's owner run: " + identity,
                  () -> Sql.execute(connection, identity));
      String add = addCommand(member);
      if (identified && !member.published()) {
        installation.step(
            member.name().toString(),
            "Let a role that owns both table and publication run: " + add,
            () -> Sql.execute(connection, add));
      }
    }
  }

  private static boolean ensurePublication(Connection connection, Installation installation)
      throws SQLException {
    List<Gap> wrong = publicationGaps(connection);
    if (wrong.isEmpty()) {
      return true;
    }
    String command = wrong.get(0).remedy();
    return installation.step(
        "publication freshet",
        "Let a role that may create in this database run: " + command,
        () -> Sql.execute(connection, command));
  }

  @Override
  public List<Gap> validate(Connection connection, Coverage coverage) throws SQLException {
    List<Gap> gaps = new ArrayList<>(serverGaps(connection));
    List<Gap> publication = publicationGaps(connection);
    gaps.addAll(publication);
    Map<Long, Coverage.Table> tables = byOid(coverage);
    for (Member member : members(connection, coverage)) {
      Coverage.Table table = tables.get(member.root());
      if (table != null) {
        check(table, member, gaps);
      }
    }
    return List.copyOf(gaps);
  }

  private static List<Gap> serverGaps(Connection connection) throws SQLException {
    List<Gap> gaps = new ArrayList<>();
    String level = Server.setting(connection, "wal_level");
    if (!level.equals("logical")) {
      gaps.add(
          new Gap(
              "wal_level = " + level,
              "the server does not write what logical replication needs",
              "Set wal_level = logical and restart the server, or set freshet.feed=notify"));
    }
    if (Sql.text(connection, MAY_REPLICATE).equals("false")) {
      String role = Sql.text(connection, "select pg_catalog.quote_ident(current_user)");
      gaps.add(
          new Gap("role " + role, "it may not replicate", "alter role " + role + " replication"));
    }
    return gaps;
  }

  private static List<Gap> publicationGaps(Connection connection) throws SQLException {
    List<List<Boolean>> found =
        Sql.query(connection, STATE, row -> List.of(row.getBoolean(1), row.getBoolean(2)));
    if (found.isEmpty()) {
      return List.of(
          new Gap(
              "publication freshet",
              "it does not exist",
              "create publication freshet with " + OPTIONS));
    }
    String mend = "alter publication freshet set " + OPTIONS;
    if (!found.get(0).get(0)) {
      return List.of(
          new Gap(
              "publication freshet",
              "it leaves out one of insert, update, delete, truncate",
              mend));
    }
    if (!found.get(0).get(1)) {
      return List.of(
          new Gap("publication freshet", "it names partitions, not the partitioned table", mend));
    }
    return List.of();
  }

  private static void check(Coverage.Table table, Member member, List<Gap> gaps) {
    String name = Sql.qualified(member.name());
    if (!member.traits().permanent()) {
      gaps.add(
          new Gap(
              name, "unlogged tables are not in the WAL", "alter table " + name + " set logged"));
      return;
    }
    if (!member.published()) {
      gaps.add(new Gap(name, "it is not in publication freshet", addCommand(member)));
    }
    if (member.traits().restricted()) {
      gaps.add(
          new Gap(
              name,
              "publication freshet has a row filter or column list for it",
              "alter publication freshet drop table only %1$s; %2$s"
                  .formatted(name, addCommand(member))));
    }
    if (!member.identifies(table)) {
      gaps.add(
          new Gap(
              name,
              "old rows do not say which they were: REPLICA IDENTITY is not FULL",
              identityCommand(member)));
    }
  }

  private static String identityCommand(Member member) {
    return "alter table only " + Sql.qualified(member.name()) + " replica identity full";
  }

  private static String addCommand(Member member) {
    return "alter publication freshet add table only " + Sql.qualified(member.name());
  }

  @Override
  public String signature(Connection connection, Coverage coverage) throws SQLException {
    return Signatures.ofPublication(connection, coverage);
  }

  private static Map<Long, Coverage.Table> byOid(Coverage coverage) {
    return coverage.tables().stream()
        .collect(Collectors.toMap(Coverage.Table::oid, Function.identity()));
  }

  private static List<Member> members(Connection connection, Coverage coverage)
      throws SQLException {
    return Sql.query(connection, MEMBERS, Publication::member, Sql.oids(connection, coverage));
  }

  private static Member member(ResultSet row) throws SQLException {
    return new Member(
        row.getLong(1),
        new TableName(row.getString(3), row.getString(4)),
        new Traits(row.getString(5).equals("p"), row.getBoolean(7), row.getBoolean(9)),
        row.getBoolean(8),
        new Identity(row.getBoolean(10), Sql.strings(row.getArray(11))));
  }

  /**
   * A covered table, or a partition or child of one.
   *
   * @param root the covered table
   * @param published whether the publication contains it, be it by an ancestor
   */
  private record Member(
      long root, TableName name, Traits traits, boolean published, Identity identity) {

    /** Whether an update may happen, and says what has to be told. */
    boolean identifies(Coverage.Table table) {
      // rows are in the partitions, and so are the identities
      return traits.partitioned()
          || identity.full()
          || (!identity.columns().isEmpty()
              && table.watched().isEmpty()
              && new HashSet<>(identity.columns()).containsAll(table.key()));
    }
  }

  /** What a relation is like; restricted: published with a row filter or a column list. */
  private record Traits(boolean partitioned, boolean permanent, boolean restricted) {}

  /** What the WAL says of an old row: everything, or the columns of an index. */
  private record Identity(boolean full, List<String> columns) {}
}
