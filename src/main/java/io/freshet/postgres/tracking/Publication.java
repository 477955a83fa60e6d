package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Publication {@code freshet}, and the replica identities that make its rows say enough. Needs the
 * right to create in the database, and the ownership of the tables. Immutable and thread-safe.
 *
 * <p>With replica identity FULL the log tells of all columns. Which of them somebody has a use for
 * is noted in the comment on the publication, on a line of JSON by itself, for all services that
 * have installed anything; everything else in that comment stays as it is. A table that is not in
 * it is told by its primary key, which evicts more than has to be, and never less.
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
    boolean isNew = isMissing(connection);
    if (!ensurePublication(connection, installation)) {
      return;
    }
    Set<TableName> madeFull = new LinkedHashSet<>();
    Map<Long, Coverage.Table> tables = byOid(coverage);
    for (PublicationMember member : PublicationMember.of(connection, coverage)) {
      Coverage.Table table = tables.get(member.root());
      if (table == null || !member.traits().permanent()) {
        continue;
      }
      // first the identity: without one, the publication makes updates of the table fail
      String identity = member.identityCommand();
      boolean identified = member.identifies(table);
      if (!identified) {
        identified =
            installation.step(
                member.name().toString(),
                "Let the table's owner run: " + identity,
                () -> Sql.execute(connection, identity));
        if (identified && member.identity().byDefault()) {
          madeFull.add(member.name());
        }
      }
      String add = member.addCommand();
      if (identified && !member.published()) {
        installation.step(
            member.name().toString(),
            "Let a role that owns both table and publication run: " + add,
            () -> Sql.execute(connection, add));
      }
    }
    String comment = Recorded.comment(connection);
    String wanted = comment(connection, coverage, isNew, madeFull);
    if (!wanted.equals(comment)) {
      // only the publication's owner may: without it, more is evicted than has to be
      installation.optionalStep(() -> Sql.execute(connection, Recorded.command(wanted)));
    }
  }

  private static String comment(
      Connection connection, Coverage coverage, boolean isNew, Set<TableName> madeFull)
      throws SQLException {
    String comment = Recorded.comment(connection);
    Recorded recorded = Recorded.parse(comment).with(coverage, madeFull).existing(connection);
    return (isNew ? recorded.withCreated() : recorded).inComment(comment);
  }

  private static boolean isMissing(Connection connection) throws SQLException {
    return Sql.query(connection, STATE, row -> row.getBoolean(1)).isEmpty();
  }

  @Override
  public List<String> script(Connection connection, Coverage coverage) throws SQLException {
    List<String> script = new ArrayList<>(Script.commands(connection));
    publicationGaps(connection).forEach(gap -> script.add(gap.remedy() + ";"));
    Set<TableName> madeFull = new LinkedHashSet<>();
    Map<Long, Coverage.Table> tables = byOid(coverage);
    for (PublicationMember member : PublicationMember.of(connection, coverage)) {
      Coverage.Table table = tables.get(member.root());
      if (table == null || !member.traits().permanent()) {
        continue;
      }
      if (!member.identifies(table)) {
        script.add(member.identityCommand() + ";");
        if (member.identity().byDefault()) {
          madeFull.add(member.name());
        }
      }
      if (!member.published()) {
        script.add(member.addCommand() + ";");
      }
    }
    String wanted = comment(connection, coverage, isMissing(connection), madeFull);
    if (!wanted.equals(Recorded.comment(connection))) {
      script.add(Recorded.command(wanted) + ";");
    }
    return List.copyOf(script);
  }

  @Override
  public List<Gap> remove(Connection connection, Coverage coverage) throws SQLException {
    List<Gap> left = new ArrayList<>();
    List<Gap> refused =
        Installation.run(
            connection,
            installation -> PublicationRemoval.run(connection, coverage, installation, left));
    left.addAll(refused);
    return List.copyOf(left);
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
    for (PublicationMember member : PublicationMember.of(connection, coverage)) {
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

  private static void check(Coverage.Table table, PublicationMember member, List<Gap> gaps) {
    String name = Sql.qualified(member.name());
    if (!member.traits().permanent()) {
      gaps.add(
          new Gap(
              name, "unlogged tables are not in the WAL", "alter table " + name + " set logged"));
      return;
    }
    if (!member.published()) {
      gaps.add(new Gap(name, "it is not in publication freshet", member.addCommand()));
    }
    if (member.traits().restricted()) {
      gaps.add(
          new Gap(
              name,
              "publication freshet has a row filter or column list for it",
              "alter publication freshet drop table only %1$s; %2$s"
                  .formatted(name, member.addCommand())));
    }
    if (!member.identifies(table)) {
      gaps.add(
          new Gap(
              name,
              "old rows do not say which they were: REPLICA IDENTITY is not FULL",
              member.identityCommand()));
    }
  }

  @Override
  public String signature(Connection connection, Coverage coverage) throws SQLException {
    return Signatures.ofPublication(connection, coverage);
  }

  @Override
  public Coverage everything(Connection connection) throws SQLException {
    return Everything.published(connection);
  }

  @Override
  public String membership(Connection connection) throws SQLException {
    return Everything.publicationMembership(connection);
  }

  private static Map<Long, Coverage.Table> byOid(Coverage coverage) {
    return coverage.tables().stream()
        .collect(Collectors.toMap(Coverage.Table::oid, Function.identity()));
  }
}
