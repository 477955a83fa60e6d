package io.freshet.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.Operation;
import io.freshet.change.TableName;
import io.freshet.sql.Coverage.WrittenRow;
import io.freshet.sql.StatementGenerator.Generated;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What PostgreSQL really writes, logged by triggers, is what the analysis must cover. */
class RealWritesTest {

  private static final long SEED = 20_261_121;
  private static final int STATEMENTS = 4_000;
  private static final List<String> COLUMNS = List.of("id", "n", "t");

  private final StatementAnalyzer analyzer = new StatementAnalyzer(100);

  @Test
  void generatedStatements_runForReal_writeNothingThatIsNotCovered() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      createTables(connection);
      connection.setAutoCommit(false);
      StatementGenerator generator = new StatementGenerator(SEED);
      int run = 0;
      int written = 0;
      for (int i = 0; i < STATEMENTS; i++) {
        Generated generated = generator.next();
        List<WrittenRow> rows = run(connection, generated);
        if (rows != null) {
          run++;
          written += rows.size();
          check(generated, rows);
        }
      }
      // guards the test itself: most statements are accepted, and they write
      assertThat(run).isGreaterThan(STATEMENTS * 3 / 4);
      assertThat(written).isGreaterThan(STATEMENTS / 2);
    }
  }

  private void check(Generated generated, List<WrittenRow> rows) {
    StatementEffect effect = analyzer.analyze(generated.sql());
    List<Change> changes = effect.changes(generated.parameters(), 100);
    for (WrittenRow row : rows) {
      assertThat(Coverage.covers(changes, row))
          .as("%s by %s %s: %s", row, generated.sql(), generated.parameters(), changes)
          .isTrue();
    }
  }

  /** What the statement wrote, or null where PostgreSQL refuses it. */
  private static List<WrittenRow> run(Connection connection, Generated generated)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(generated.sql())) {
      for (int i = 0; i < generated.parameters().size(); i++) {
        statement.setObject(i + 1, generated.parameters().get(i));
      }
      statement.execute();
      return logged(connection);
    } catch (SQLException e) {
      return null;
    } finally {
      connection.rollback();
    }
  }

  private static List<WrittenRow> logged(Connection connection) throws SQLException {
    List<WrittenRow> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet log = statement.executeQuery("select * from log order by at")) {
      while (log.next()) {
        Operation operation = Operation.valueOf(log.getString("op").toUpperCase(Locale.ROOT));
        rows.add(
            new WrittenRow(
                new TableName(log.getString("s"), log.getString("tab")),
                operation,
                row(log, "old", operation == Operation.INSERT),
                row(log, "new", operation == Operation.DELETE)));
      }
    }
    return rows;
  }

  private static Map<String, String> row(ResultSet log, String prefix, boolean absent)
      throws SQLException {
    if (absent || log.getString(prefix + "_id") == null) {
      return null;
    }
    Map<String, String> row = new HashMap<>();
    for (String column : COLUMNS) {
      row.put(column, log.getString(prefix + "_" + column));
    }
    return row;
  }

  private static void createTables(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create schema app;
          create table log (at int generated always as identity, op text, s text, tab text,
            old_id text, old_n text, old_t text, new_id text, new_n text, new_t text);
          create function log_row() returns trigger language plpgsql as $$
          begin
            insert into log (op, s, tab, old_id, old_n, old_t, new_id, new_n, new_t)
            values (tg_op, tg_table_schema, tg_table_name,
              old.id, old.n, old.t, new.id, new.n, new.t);
            return null;
          end $$;
          create function log_truncate() returns trigger language plpgsql as $$
          begin
            insert into log (op, s, tab) values (tg_op, tg_table_schema, tg_table_name);
            return null;
          end $$;
          """);
      for (String table : List.of("a", "b", "c", "app.\"Or\"\"der\"")) {
        statement.execute(
            """
            create table %1$s (id bigint primary key, n int default 2, t text, data jsonb);
            insert into %1$s select g, g, case when g = 2 then 'x' end,
              case when g = 3 then '{"k": "v"}'::jsonb end from generate_series(0, 5) g;
            create trigger log_row after insert or update or delete on %1$s
              for each row execute function log_row();
            create trigger log_truncate after truncate on %1$s execute function log_truncate();
            """
                .formatted(table));
      }
    }
  }
}
