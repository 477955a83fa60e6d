package io.freshet.cli;

import io.freshet.postgres.tracking.Coverage;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What the role may install. Feeds that only listen need none of it, hence no error; that it may
 * replicate is in {@link io.freshet.postgres.tracking.Publication#validate}. Stateless.
 */
final class RightsCheck {

  private static final int MOST_NAMED = 5;

  private static final String ROLE = "select pg_catalog.quote_ident(current_user)";

  private static final String MAY_CREATE =
      """
      select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create')""";

  private static final String MAY_USE_SCHEMA =
      """
      select coalesce(pg_catalog.bool_and(
        pg_catalog.has_schema_privilege(oid, 'usage')
        and pg_catalog.has_schema_privilege(oid, 'create')), true)
      from pg_catalog.pg_namespace where nspname = 'freshet'""";

  private static final String HAS_SCHEMA =
      "select exists (select from pg_catalog.pg_namespace where nspname = 'freshet')";

  private static final String NOT_OWNED =
      """
      select pg_catalog.format('%I.%I owned by %I', n.nspname, c.relname, r.rolname)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_roles r on r.oid = c.relowner
      where c.oid = any (?::bigint[]::oid[])
        and not pg_catalog.pg_has_role(c.relowner, 'usage') order by 1""";

  private RightsCheck() {}

  static void run(Examination examination, FeedKind kind, Coverage coverage) throws SQLException {
    Connection connection = examination.connection();
    Findings findings = examination.findings();
    String role = Query.text(connection, ROLE);
    String subject = "role " + role;
    String database = SqlText.identifier(connection.getCatalog());
    int before = findings.size();
    boolean hasSchema = Query.truth(connection, HAS_SCHEMA);
    boolean mayCreate = Query.truth(connection, MAY_CREATE);
    if (!mayCreate && (kind == FeedKind.WAL ? !kind.isInstalled(connection) : !hasSchema)) {
      findings.info(
          subject,
          "it may not create in this database: install cannot begin as this role",
          "grant create on database %s to %s".formatted(database, role));
    }
    if (kind == FeedKind.NOTIFY && !Query.truth(connection, MAY_USE_SCHEMA)) {
      findings.info(
          subject,
          "it may not create functions in schema freshet: install cannot work as this role",
          "grant usage, create on schema freshet to " + role);
    }
    Array oids =
        connection.createArrayOf(
            "int8", coverage.tables().stream().map(Coverage.Table::oid).toArray());
    List<String> foreign = Query.list(connection, NOT_OWNED, row -> row.getString(1), oids);
    if (!foreign.isEmpty()) {
      findings.info(
          subject,
          "it may not install on tables of others: %s%s"
              .formatted(
                  String.join(", ", foreign.subList(0, Math.min(MOST_NAMED, foreign.size()))),
                  foreign.size() > MOST_NAMED ? " and " + (foreign.size() - MOST_NAMED) : ""),
          "Run freshet tracking install as their owner; listening needs no such right");
    }
    if (findings.size() == before) {
      findings.ok(subject, "it may install what %s needs".formatted(kind));
    }
  }
}
