package io.freshet.postgres;

import io.freshet.change.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Columns in which PostgreSQL takes different texts for equal: padded {@code char(n)}, {@code
 * citext}, and whatever has a nondeterministic collation. As identifiers they give one row several
 * cache keys. Immutable.
 */
public final class AmbiguousColumns {

  private static final String QUERY =
      """
      select n.nspname, c.relname, a.attname
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_type b on b.oid = t.typbasetype
      left join pg_catalog.pg_collation l on l.oid = a.attcollation
      where a.attnum > 0
        and not a.attisdropped
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        and (t.typname in ('bpchar', 'citext')
          or b.typname in ('bpchar', 'citext')
          or not coalesce(l.collisdeterministic, true))
      """;

  private record Column(TableName table, String name) {}

  private final Map<String, Set<Column>> byName = new HashMap<>();

  private AmbiguousColumns() {}

  /**
   * Reads them.
   *
   * @throws SQLException from the connection
   */
  public static AmbiguousColumns read(Connection connection) throws SQLException {
    AmbiguousColumns columns = new AmbiguousColumns();
    try (PreparedStatement statement = connection.prepareStatement(QUERY);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        String name = rows.getString(3).toLowerCase(Locale.ROOT);
        columns
            .byName
            .computeIfAbsent(name, n -> new HashSet<>())
            .add(new Column(new TableName(rows.getString(1), rows.getString(2)), name));
      }
    }
    return columns;
  }

  /** Whether the column may be one of them. */
  public boolean contains(TableName table, String column) {
    return byName.getOrDefault(column.toLowerCase(Locale.ROOT), Set.of()).stream()
        .anyMatch(known -> known.table.mayBe(table));
  }
}
