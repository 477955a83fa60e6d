package io.freshet.sql;

import io.freshet.change.Operation;
import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Builds statements that PostgreSQL accepts over the tables a, b, c and app."Or""der", each with
 * the columns id, n, t and data. The same random numbers give the same statements.
 */
final class StatementGenerator {

  /** What a statement certainly may write: a table, and the one id it is pinned to, or null. */
  record Written(TableName table, Operation operation, Long id) {}

  /** A statement with its parameters. */
  record Generated(String sql, List<Object> parameters, List<Written> writes) {}

  private static final List<String> TABLES = List.of("a", "b", "c", "app.Or\"der");
  private static final List<String> SPACES =
      List.of(" ", " ", "\n", "\t ", " /* delete from c */ ", " -- ' update b set n = 1\n", "/**/");

  private final Random random;
  private final List<Object> parameters = new ArrayList<>();
  private final List<Written> writes = new ArrayList<>();

  StatementGenerator(long seed) {
    this.random = new Random(seed);
  }

  Generated next() {
    parameters.clear();
    writes.clear();
    String sql = space() + spaced(statement()) + (chance(4) ? " ; " : "");
    return new Generated(sql, List.copyOf(parameters), List.copyOf(writes));
  }

  private String statement() {
    return switch (random.nextInt(10)) {
      case 0 -> with();
      case 1 -> insert();
      case 2 -> upsert();
      case 3 -> merge();
      case 4 -> chance(3) ? truncate() : with();
      case 5 -> delete("");
      case 6 -> "explain analyze " + update("");
      case 7 -> delete(" returning id, 'update a set n = 1'");
      case 8 -> chance(2) ? selectInto() : update("");
      default -> update("");
    };
  }

  private String with() {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      String name = pick("w" + i, "\"W" + i + "\"", "delete" + i);
      String body =
          switch (random.nextInt(5)) {
            case 0 -> update(" returning *");
            case 1 -> delete(" returning id");
            case 2 -> insert() + " returning id";
            case 3 -> upsert() + " returning id";
            default -> "select 'insert into a' as id, $$delete from b$$ as x from c for update";
          };
      parts.add(name + pick(" as (", " as materialized (", " AS NOT MATERIALIZED (") + body + ")");
    }
    String main =
        switch (random.nextInt(5)) {
          case 0 -> "select count(*) from a";
          case 1 -> "table b";
          case 2 -> update("");
          case 3 -> delete("");
          default -> insert();
        };
    return pick("with ", "WITH RECURSIVE ") + String.join(", ", parts) + " " + main;
  }

  private String update(String tail) {
    String table = table();
    boolean aliased = chance(2);
    boolean joined = chance(4);
    String qualifier = aliased ? "x." : joined ? spelled(table) + "." : "";
    String target = only() + spelled(table) + (aliased ? pick(" x", " as x", " AS X") : "");
    String set =
        pick(
            "n = n + 1",
            "N = ?",
            "n = 7, t = 'set'",
            "(n, t) = (1, 'delete from c')",
            "t = case when n is distinct from 3 then 'a' else null end, n = 8",
            "t = n is distinct from 3, n = 8",
            "t = (select max(t) from c where c.id = 1)",
            "id = id + 1000, n = -3",
            "\"t\" = E'it\\'s' || t",
            "n = '5'::int");
    bind(set, 7L);
    Long id = chance(2) ? (Long) (long) random.nextInt(4) : null;
    String from = joined ? " from c as y" : "";
    String where = where(qualifier, id, joined);
    writes.add(new Written(named(table), Operation.UPDATE, id));
    return pick("update ", "UPDATE ") + target + " set " + set + from + where + tail;
  }

  private String delete(String tail) {
    String table = table();
    boolean aliased = chance(2);
    boolean joined = chance(4);
    String qualifier = aliased ? "x." : joined ? spelled(table) + "." : "";
    String target = only() + spelled(table) + (aliased ? " x" : "");
    Long id = chance(2) ? (Long) (long) random.nextInt(4) : null;
    String using = joined ? " using c as y" : "";
    String where = where(qualifier, id, joined);
    writes.add(new Written(named(table), Operation.DELETE, id));
    return pick("delete from ", "Delete From ") + target + using + where + tail;
  }

  private String insert() {
    String table = table();
    writes.add(new Written(named(table), Operation.INSERT, null));
    String rows =
        pick(
            " (id, n, t) values (100, ?, 'x'), (101, default, lower('Y'))",
            " (id, n) values (102, -4)",
            " as z (\"id\", T) values (103, '; delete from c')",
            " values (104, 1)",
            " (id, n) select id + 200, n from c",
            " (id, t) with q as (select 300 as id) select id, null from q");
    bind(rows, 9L);
    return "insert into " + spelled(table) + rows;
  }

  private String upsert() {
    String table = table();
    writes.add(new Written(named(table), Operation.INSERT, null));
    String values = pick("(1, 5)", "(2, 5), (3, 6), (50, 7)", "(?, 8)", "(1 + 1, 9)", "('3', 4)");
    bind(values, 2L);
    String conflict =
        pick(
            " on conflict (id) do update set n = excluded.n",
            " on conflict (\"id\") do update set n = 77, t = 'update' where excluded.id < 10",
            " on conflict (id) do update set (n, t) = (excluded.n, 'x')",
            " on conflict do nothing");
    if (conflict.contains("do update")) {
      writes.add(new Written(named(table), Operation.UPDATE, null));
    }
    return "insert into " + spelled(table) + " (id, n) values " + values + conflict;
  }

  private String merge() {
    String table = table();
    writes.add(new Written(named(table), Operation.UPDATE, null));
    return "merge into "
        + spelled(table)
        + " m using c on m.id = c.id and c.n > 0 when matched and c.id = 1 then delete"
        + " when matched then update set n = 12"
        + " when not matched then insert (id, n) values (c.id + 500, 1)";
  }

  private String truncate() {
    String one = table();
    String other = table();
    writes.add(new Written(named(one), Operation.TRUNCATE, null));
    writes.add(new Written(named(other), Operation.TRUNCATE, null));
    return pick("truncate ", "truncate table ", "truncate only ")
        + spelled(one)
        + pick(", ", " , only ")
        + spelled(other)
        + pick("", " restart identity", " cascade");
  }

  private String selectInto() {
    return "select id, 'x' as t into temp copied from " + spelled(table()) + " where id = 1";
  }

  private String where(String qualifier, Long id, boolean joined) {
    List<String> conditions = new ArrayList<>();
    if (joined) {
      conditions.add(qualifier + "n = y.n");
      conditions.add(pick("y.id = 1", "y.id in (1, 2)"));
    }
    for (int i = 0; i < random.nextInt(4); i++) {
      String condition = condition(qualifier, 2);
      // beside a pin each condition can be met by the pinned row: it is certainly written
      conditions.add(
          id == null ? condition : "(" + condition + " or " + qualifier + "id = " + id + ")");
    }
    if (id != null) {
      conditions.add(random.nextInt(conditions.size() + 1), pin(qualifier + "id", id));
      String where = " where " + String.join(chance(4) ? " AND " : " and ", conditions);
      return joined || chance(2) ? where : where.replaceFirst(" where (.*)", " where (($1))");
    }
    return conditions.isEmpty()
        ? ""
        : " where " + String.join(pick(" and ", " and ", " or "), conditions);
  }

  private String pin(String column, long id) {
    // the parameters of conditions drawn before stand elsewhere: literals only
    return pick(
        column + " = " + id,
        column + "=" + id,
        id + " = " + column,
        column + " in (" + id + ")",
        "(" + column + " = " + id + ")",
        column + " = '" + id + "'",
        column + " = '" + id + "'::bigint",
        column + " = cast(" + id + " as int)",
        column + " = (select " + id + ")",
        column + " = " + id + " + 0");
  }

  /** Conditions of every shape, most of which pin nothing. */
  private String condition(String q, int depth) {
    if (depth > 0 && chance(3)) {
      String left = condition(q, depth - 1);
      String right = condition(q, depth - 1);
      return pick(
          "(" + left + " and " + right + ")",
          "(" + left + " or " + right + ")",
          left + " or " + right,
          "not (" + left + ")",
          "(" + left + ") is not true",
          "((" + left + ")) = false",
          "case when " + left + " and " + right + " then true else " + left + " end");
    }
    return pick(
        q + "id = 1",
        q + "n = 2",
        q + "id in (1, 2, 3)",
        q + "id not in (1, 2)",
        q + "id <> 2",
        q + "id between 1 and 2",
        q + "id not between 1 and 2",
        q + "n in (2, null)",
        q + "t = 'x'",
        q + "t = $q$x$q$",
        q + "t like '%\\%' escape '\\'",
        q + "t || 'x' = 'xx'",
        q + "data->>'k' = 'v'",
        q + "data @> '{\"k\": \"v\"}'",
        q + "data is null",
        q + "id = any (array[1, 2])",
        q + "id = -1 * -1",
        q + "id = 1 + 1",
        q + "id % 2 = 1",
        "(" + q + "id = 1) is false",
        q + "id = 1 is false",
        q + "n is distinct from 2",
        "(" + q + "id, " + q + "n) in ((1, 1), (2, 2))",
        "exists (select 1 from c z where z.id = 2 and z.n = 2)",
        q + "id in (select z.id from c z where z.id = 3)",
        "'update a set n = 1' = $x$y$x$ or " + q + "id = 3");
  }

  private void bind(String text, Object value) {
    for (int i = text.indexOf('?'); i >= 0; i = text.indexOf('?', i + 1)) {
      parameters.add(value);
    }
  }

  private String table() {
    return TABLES.get(random.nextInt(TABLES.size()));
  }

  private static TableName named(String table) {
    return table.startsWith("app") ? new TableName("app", "Or\"der") : TableName.of(table);
  }

  private String spelled(String table) {
    return table.startsWith("app")
        ? "app.\"Or\"\"der\""
        : pick(table, table, "\"" + table + "\"", "public." + table, "PUBLIC." + table);
  }

  private String only() {
    return chance(6) ? "only " : "";
  }

  /** Some of the spaces outside quotes become other white space or comments. */
  private String spaced(String sql) {
    int quote = sql.length();
    for (char c : "'\"$".toCharArray()) {
      int at = sql.indexOf(c);
      quote = at < 0 ? quote : Math.min(quote, at);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sql.length(); i++) {
      text.append(sql.charAt(i) == ' ' && i < quote && chance(6) ? space() : sql.charAt(i));
    }
    return text.toString();
  }

  private String space() {
    return SPACES.get(random.nextInt(SPACES.size()));
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
