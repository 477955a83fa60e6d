package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes tables out of publication {@code freshet}, and what was done for it back. Stateless. */
final class PublicationRemoval {

  private static final String HAS_MEMBERS =
      """
      select (p.puballtables
        or exists (select from pg_catalog.pg_publication_rel r where r.prpubid = p.oid)
        or exists (select from pg_catalog.pg_publication_namespace s where s.pnpubid = p.oid))::text
      from pg_catalog.pg_publication p where p.pubname = 'freshet'""";

  /** Whether another publication has the table, or the whole that it is a part of. */
  private static final String OTHERS =
      """
      select exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class r
          on r.oid in (c.oid, pg_catalog.pg_partition_root(c.oid))
        join pg_catalog.pg_namespace s on s.oid = r.relnamespace
        join pg_catalog.pg_publication_tables p
          on p.schemaname = s.nspname and p.tablename = r.relname and p.pubname <> 'freshet'
        where n.nspname = ? and c.relname = ?)::text""";

  private PublicationRemoval() {}

  /**
   * Takes the steps.
   *
   * @param left takes what was not taken back, and why
   */
  static void run(
      Connection connection, Coverage coverage, Installation installation, List<Gap> left)
      throws SQLException {
    String comment = Recorded.comment(connection);
    Recorded recorded = Recorded.parse(comment);
    Set<TableName> restored = new LinkedHashSet<>();
    Set<TableName> gone = new LinkedHashSet<>();
    coverage.tables().forEach(table -> gone.add(table.name()));
    Set<TableName> published = new LinkedHashSet<>();
    for (PublicationMember member : PublicationMember.of(connection, coverage)) {
      if (member.published()) {
        published.add(member.name());
        drop(connection, member, installation);
      }
    }
    for (PublicationMember member : PublicationMember.of(connection, coverage)) {
      if (member.published()) {
        // without an identity, a published table would refuse updates
        gone.remove(member.name());
        if (!member.traits().listed()) {
          left.add(
              new Gap(
                  member.name().toString(),
                  "publication freshet has it by its schema, its parent, or for all tables",
                  "Drop the publication, or take the schema or parent out of it"));
        }
      } else if (published.contains(member.name())
          && member.identity().full()
          && restore(connection, member, recorded, installation, left)) {
        restored.add(member.name());
      }
    }
    finish(connection, recorded.without(gone, restored), comment, installation);
  }

  private static void drop(
      Connection connection, PublicationMember member, Installation installation)
      throws SQLException {
    if (member.traits().listed()) {
      String drop = member.dropCommand();
      installation.step(
          member.name().toString(),
          "Let a role that owns both table and publication run: " + drop,
          () -> Sql.execute(connection, drop));
    }
  }

  private static boolean restore(
      Connection connection,
      PublicationMember member,
      Recorded recorded,
      Installation installation,
      List<Gap> left)
      throws SQLException {
    String command = member.defaultIdentityCommand();
    if (!recorded.full().contains(member.name())) {
      left.add(
          new Gap(
              member.name().toString(),
              "its REPLICA IDENTITY stays FULL, since it is not recorded that Freshet has set it",
              "If nothing else needs it: " + command));
      return false;
    }
    if (Sql.text(connection, OTHERS, Sql.orEmpty(member.name().schema()), member.name().name())
        .equals("true")) {
      left.add(
          new Gap(
              member.name().toString(),
              "its REPLICA IDENTITY stays FULL, since another publication has the table",
              "If that does without: " + command));
      return false;
    }
    return installation.step(
        member.name().toString(),
        "Let the table's owner run: " + command,
        () -> Sql.execute(connection, command));
  }

  private static void finish(
      Connection connection, Recorded rest, String comment, Installation installation)
      throws SQLException {
    List<String> members = Sql.query(connection, HAS_MEMBERS, row -> row.getString(1));
    if (members.isEmpty()) {
      return;
    }
    if (members.get(0).equals("false") && rest.created()) {
      installation.step(
          "publication freshet",
          "Let its owner run: drop publication freshet",
          () -> Sql.execute(connection, "drop publication freshet"));
      return;
    }
    boolean nothing = !rest.created() && rest.tables().isEmpty() && rest.full().isEmpty();
    String wanted = nothing ? Recorded.withoutLine(comment) : rest.inComment(comment);
    if (!wanted.equals(comment)) {
      installation.optionalStep(() -> Sql.execute(connection, Recorded.command(wanted)));
    }
  }
}
