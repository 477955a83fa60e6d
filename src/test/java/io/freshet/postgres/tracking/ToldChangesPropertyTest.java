package io.freshet.postgres.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever statements do, what they tell is the difference they made. */
class ToldChangesPropertyTest {

  @Property(tries = 12)
  void toldRows_areExactlyTheDifference(@ForAll("statements") List<String> statements)
      throws Exception {
    try (TrackingLab lab = new TrackingLab()) {
      lab.database.execute(
          "create table t (id int primary key, w text, x text)",
          "insert into t select i, i % 3, 'x' from generate_series(0, 9) i");
      lab.track("t", "{id}", "{w}");
      Map<String, String> before = rows(lab);
      for (String statement : statements) {
        List<Change> told = told(lab, statement);
        Map<String, String> after = rows(lab);
        check(statement, told, before, after);
        before = after;
      }
    }
  }

  private static List<Change> told(TrackingLab lab, String statement) throws Exception {
    try {
      return lab.told(statement);
    } catch (SQLException duplicateKey) {
      assertThat(duplicateKey.getSQLState()).isEqualTo("23505");
      return TrackingLab.decoded(lab.drain());
    }
  }

  private static void check(
      String statement, List<Change> told, Map<String, String> before, Map<String, String> after) {
    Set<String> changed = new HashSet<>(before.keySet());
    changed.addAll(after.keySet());
    changed.removeIf(id -> before.getOrDefault(id, "").equals(after.getOrDefault(id, "")));
    Set<String> named = new HashSet<>();
    Map<String, RowValues> old = new HashMap<>();
    Map<String, RowValues> young = new HashMap<>();
    for (Change change : told) {
      RowChange row = (RowChange) change;
      if (row.changed().equals(ColumnSet.NONE)) {
        continue;
      }
      note(row.before(), named, old);
      note(row.after(), named, young);
    }
    assertThat(named).as(statement).isEqualTo(changed);
    for (String id : changed) {
      if (!watched(before, id).equals(watched(after, id))) {
        assertKnown(statement, before, old, id);
        assertKnown(statement, after, young, id);
      }
    }
  }

  private static void note(RowValues row, Set<String> named, Map<String, RowValues> told) {
    if (row.get("id") instanceof String id) {
      named.add(id);
      told.put(id, row);
    }
  }

  private static void assertKnown(
      String statement, Map<String, String> rows, Map<String, RowValues> told, String id) {
    if (rows.containsKey(id)) {
      assertThat(told.get(id).get("w")).as(statement).isEqualTo(watched(rows, id));
    }
  }

  private static String watched(Map<String, String> rows, String id) {
    return rows.containsKey(id) ? rows.get(id).split("/", 2)[0] : "";
  }

  private static Map<String, String> rows(TrackingLab lab) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    Sql.query(
        lab.writer,
        "select id::text, w || '/' || x from t",
        row -> rows.put(row.getString(1), row.getString(2)) == null);
    return rows;
  }

  @Provide
  Arbitrary<List<String>> statements() {
    Arbitrary<Integer> ids = Arbitraries.integers().between(0, 15);
    Arbitrary<String> where =
        ids.set()
            .ofMinSize(1)
            .ofMaxSize(5)
            .map(
                set ->
                    "id in (" + String.join(",", set.stream().map(String::valueOf).toList()) + ")");
    Arbitrary<String> set =
        Arbitraries.of(
            "w = 'a'", "x = 'y'", "w = w", "id = 15 - id", "w = id, x = w", "x = x || ''");
    return Arbitraries.oneOf(
            Combinators.combine(set, where).as("update t set %s where %s"::formatted),
            where.map("delete from t where %s"::formatted),
            Combinators.combine(ids, ids)
                .as(
                    (from, size) ->
                        "insert into t select i, 'n', '' from generate_series(%d, %d) i on conflict do nothing"
                            .formatted(from, from + size)))
        .list()
        .ofMinSize(5)
        .ofMaxSize(25);
  }
}
