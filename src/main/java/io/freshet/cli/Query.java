package io.freshet.cli;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Questions to a database. Stateless. */
final class Query {

  private Query() {}

  /** One row of an answer. */
  @FunctionalInterface
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  static <T> List<T> list(Connection connection, String sql, Row<T> row, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        List<T> read = new ArrayList<>();
        while (rows.next()) {
          read.add(row.read(rows));
        }
        return List.copyOf(read);
      }
    }
  }

  /** The first column of the first row as text; empty for none and for SQL NULL. */
  static String text(Connection connection, String sql, Object... parameters) throws SQLException {
    List<String> found = list(connection, sql, row -> orEmpty(row.getString(1)), parameters);
    return found.isEmpty() ? "" : found.get(0);
  }

  static boolean truth(Connection connection, String sql, Object... parameters)
      throws SQLException {
    return text(connection, sql, parameters).equals("t");
  }

  static String setting(Connection connection, String name) throws SQLException {
    return text(connection, "select pg_catalog.current_setting(?, true)", name);
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // scripts are full of braces
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  static List<String> strings(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
