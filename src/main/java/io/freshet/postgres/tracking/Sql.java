package io.freshet.postgres.tracking;

import io.freshet.change.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Queries with parameters, and text for commands. Stateless. */
final class Sql {

  /** A right is missing. */
  static final String INSUFFICIENT_PRIVILEGE = "42501";

  /** For each statement: a hung server must not hang a feed for ever. */
  private static final int TIMEOUT_SECONDS = 30;

  private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

  private Sql() {}

  /** One row of a result. */
  @FunctionalInterface
  interface RowMapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  static <T> List<T> query(
      Connection connection, String sql, RowMapper<T> mapper, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        List<T> read = new ArrayList<>();
        while (rows.next()) {
          read.add(mapper.map(rows));
        }
        return List.copyOf(read);
      }
    }
  }

  /** The first column of the one row, as text; empty for SQL NULL. */
  static String text(Connection connection, String sql, @Nullable Object... parameters)
      throws SQLException {
    return query(connection, sql, row -> orEmpty(row.getString(1)), parameters).get(0);
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
      // the script is full of braces
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  static Array array(Connection connection, Collection<String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }

  /** The object ids of covered tables, as a parameter. */
  static Array oids(Connection connection, Coverage coverage) throws SQLException {
    return connection.createArrayOf(
        "int8", coverage.tables().stream().map(Coverage.Table::oid).toArray());
  }

  /** The object ids of covered tables and of the views that read them, as a parameter. */
  static Array oidsWithViews(Connection connection, Coverage coverage) throws SQLException {
    return connection.createArrayOf(
        "int8",
        Stream.concat(
                coverage.tables().stream().map(Coverage.Table::oid), coverage.views().stream())
            .toArray());
  }

  static List<String> strings(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** A string constant. */
  static String literal(String text) {
    String quoted = "'" + text.replace("'", "''") + "'";
    return text.contains("\\") ? "e" + quoted.replace("\\", "\\\\") : quoted;
  }

  /** A constant of an array of names: {@code '{id,category_id}'}. */
  static String arrayLiteral(Collection<String> names) {
    return literal(names.stream().map(Sql::element).collect(Collectors.joining(",", "{", "}")));
  }

  /** A name that a statement finds whatever its search path is. */
  static String qualified(TableName name) {
    String schema = name.schema();
    return schema == null ? quoted(name.name()) : quoted(schema) + "." + quoted(name.name());
  }

  /** Not quoted where it reads well without; inside to_regclass, keywords need no quotes. */
  private static String quoted(String name) {
    return PLAIN.matcher(name).matches() ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }

  private static String element(String name) {
    return name.matches("[A-Za-z0-9_]+") && !name.equalsIgnoreCase("null")
        ? name
        : "\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
