package io.freshet.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A database, the catalog over it, and the truth: which relations a statement really changed. */
final class CatalogFixture implements AutoCloseable {

  final TestDatabase database = TestDatabase.create();
  final PostgresCatalog catalog = new PostgresCatalog(this::lend);

  /** Executes the statements and has the catalog read anew. */
  CatalogFixture schema(String... statements) {
    database.execute(statements);
    catalog.refresh();
    return this;
  }

  int majorVersion() {
    return Integer.parseInt(database.queryText("show server_version_num")) / 10_000;
  }

  List<Change> widen(Change... changes) {
    return catalog.widen(List.of(changes));
  }

  /** The names of all tables in the answer, "?" for an unknown change. */
  static Set<String> tables(List<Change> changes) {
    return changes.stream()
        .map(c -> c instanceof UnknownChange ? "?" : String.valueOf(Changes.table(c)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static TableChange insert(String table) {
    return new TableChange(TableName.parse(table), Operation.INSERT, ColumnSet.ALL);
  }

  static TableChange update(String table, String... columns) {
    return new TableChange(TableName.parse(table), Operation.UPDATE, columns(columns));
  }

  static TableChange delete(String table) {
    return new TableChange(TableName.parse(table), Operation.DELETE, ColumnSet.ALL);
  }

  static TableChange truncate(String table) {
    return new TableChange(TableName.parse(table), Operation.TRUNCATE, ColumnSet.ALL);
  }

  static RowChange row(Operation operation, String table, Object id, String... columns) {
    RowValues values = RowValues.of("id", id);
    return new RowChange(
        TableName.parse(table),
        operation,
        operation == Operation.INSERT ? RowValues.UNKNOWN : values,
        operation == Operation.INSERT ? values : RowValues.UNKNOWN,
        columns(columns));
  }

  static ColumnSet columns(String... columns) {
    return columns.length == 0 ? ColumnSet.ALL : ColumnSet.of(List.of(columns));
  }

  /**
   * Runs the statement, and checks that every relation whose rows it really changed is in what the
   * catalog makes of the given changes. Answers with the relations that changed.
   */
  Set<String> runAndCompare(String sql, Change... given) throws SQLException {
    List<Change> widened = widen(given);
    Map<String, List<String>> before = contents();
    database.execute(sql);
    Set<String> changed = new TreeSet<>();
    contents()
        .forEach(
            (relation, rows) -> {
              if (!rows.equals(before.get(relation))) {
                changed.add(relation);
              }
            });
    assertThat(changed).as("%s changes something", sql).isNotEmpty();
    if (widened.stream().noneMatch(UnknownChange.class::isInstance)) {
      assertThat(changed)
          .as("%s, widened to %s", sql, widened)
          .allMatch(name -> covers(widened, TableName.parse(name)));
    }
    return changed;
  }

  private static boolean covers(List<Change> changes, TableName name) {
    return changes.stream()
        .map(Changes::table)
        .anyMatch(table -> table != null && table.mayBe(name));
  }

  private Map<String, List<String>> contents() throws SQLException {
    Map<String, List<String>> contents = new LinkedHashMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      List<String> relations =
          column(
              statement,
              "select format('%I.%I', nspname, relname) from pg_class c join pg_namespace n"
                  + " on n.oid = relnamespace where relkind in ('r', 'p', 'v')"
                  + " and nspname !~ '^(pg_|information_schema)' order by 1");
      for (String relation : relations) {
        contents.put(
            relation, column(statement, "select t::text from " + relation + " t order by 1"));
      }
    }
    return contents;
  }

  private static List<String> column(Statement statement, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private <T> T lend(ConnectionSource.SqlFunction<T> function) throws SQLException {
    try (Connection connection = database.connect()) {
      return function.apply(connection);
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
