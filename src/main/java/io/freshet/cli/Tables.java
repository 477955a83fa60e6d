package io.freshet.cli;

import io.freshet.Names;
import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Tables by the names that people give them. Stateless. */
final class Tables {

  private static final int MOST_NAMES = 3;

  private static final String FIND =
      """
      select c.oid::bigint, n.nspname, c.relname, c.relkind, k.columns
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral (
        select array(
          select a.attname::text from pg_catalog.pg_index x
          cross join unnest(x.indkey::int2[]) with ordinality as i (attnum, place)
          join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = i.attnum
          where x.indrelid = c.oid and x.indisprimary order by i.place) as columns) k
      where c.oid = pg_catalog.to_regclass(?)""";

  private static final String ALL =
      """
      select pg_catalog.format('%I.%I', n.nspname, c.relname)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v') and n.nspname !~ '^pg_'
        and n.nspname not in ('information_schema', 'freshet')""";

  private Tables() {}

  /**
   * One relation.
   *
   * @param name qualified, as the catalog spells it
   * @param kind as in pg_class
   * @param key the columns of the primary key; none without one
   */
  record Found(long oid, TableName name, String kind, List<String> key) {
    boolean isTable() {
      return kind.equals("r") || kind.equals("p");
    }
  }

  /**
   * The relation that a statement would find by this name.
   *
   * @throws CliException if there is none; with the nearest names
   */
  static Found find(Connection connection, String name) throws SQLException, CliException {
    List<Found> found;
    try {
      found = Query.list(connection, FIND, Tables::found, name);
    } catch (SQLException e) {
      if (!"42601".equals(e.getSQLState()) && !"42602".equals(e.getSQLState())) {
        throw e;
      }
      found = List.of(); // not even a name
    }
    if (found.isEmpty()) {
      List<String> all = Query.list(connection, ALL, row -> row.getString(1));
      throw CliException.usage(
          "there is no table %s in this database%s"
              .formatted(
                  name,
                  all.isEmpty() ? ", nor any other" : "; the nearest are " + nearest(name, all)));
    }
    return found.get(0);
  }

  private static String nearest(String name, List<String> all) {
    if (name.contains(".")) {
      return String.join(", ", Names.nearest(name, all, MOST_NAMES));
    }
    List<String> bare =
        Names.nearest(
            name, all.stream().map(one -> TableName.parse(one).name()).toList(), MOST_NAMES);
    return bare.stream()
        .flatMap(near -> all.stream().filter(one -> TableName.parse(one).name().equals(near)))
        .limit(MOST_NAMES)
        .collect(Collectors.joining(", "));
  }

  private static Found found(ResultSet row) throws SQLException {
    return new Found(
        row.getLong(1),
        new TableName(row.getString(2), row.getString(3)),
        row.getString(4),
        Query.strings(row.getArray(5)));
  }
}
