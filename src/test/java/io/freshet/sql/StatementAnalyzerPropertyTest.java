package io.freshet.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.Change;
import io.freshet.sql.Coverage.WrittenRow;
import io.freshet.sql.StatementGenerator.Generated;
import io.freshet.sql.StatementGenerator.Written;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class StatementAnalyzerPropertyTest {

  private final StatementAnalyzer analyzer = new StatementAnalyzer(100);

  @Property(tries = 5_000)
  void knownWrites_analyzed_areCovered(@ForAll long seed) {
    Generated generated = new StatementGenerator(seed).next();
    StatementEffect effect = analyzer.analyze(generated.sql());
    List<Change> changes = effect.changes(generated.parameters(), 100);
    for (Written write : generated.writes()) {
      Map<String, String> row =
          write.id() == null ? null : Map.of("id", String.valueOf(write.id()));
      assertThat(
              Coverage.covers(changes, new WrittenRow(write.table(), write.operation(), row, null)))
          .as("%s in %s: %s", write, generated.sql(), effect)
          .isTrue();
    }
  }

  @Property(tries = 3_000)
  void anyText_analyzed_answers(@ForAll("texts") String text) {
    StatementEffect effect = analyzer.analyze(text);
    assertThat(effect.changes()).isNotNull();
    assertThat(effect.writes()).isEqualTo(!effect.changes(List.of(), 0).isEmpty());
  }

  @Property(tries = 3_000)
  void statementWithOneCharacterChanged_analyzed_answers(
      @ForAll long seed, @ForAll int position, @ForAll boolean twice) {
    String sql = new StatementGenerator(seed).next().sql();
    int at = Math.floorMod(position, sql.length());
    String changed = sql.substring(0, at) + sql.substring(twice ? at - Math.min(at, 1) : at + 1);
    assertThat(analyzer.analyze(changed).changes(List.of(1L, 2L), 10)).isNotNull();
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> piece =
        Arbitraries.of(
            "select",
            "update",
            "delete from",
            "insert into",
            "merge into",
            "with",
            "as",
            "(",
            ")",
            "[",
            "]",
            "a",
            "\"b\"",
            "set",
            "where",
            "=",
            "in",
            "?",
            "??",
            "$1",
            ":n",
            "::int",
            "'x'",
            "'",
            "\"",
            "$$",
            "$q$",
            "E'\\''",
            "/*",
            "*/",
            "--",
            "\n",
            ";",
            ",",
            ".",
            "1",
            "-1",
            "1.5e",
            "0x",
            "truncate",
            "copy",
            "explain analyze",
            "on conflict",
            "do",
            "values",
            "cast",
            "and",
            "or",
            "not",
            "between",
            "case",
            "end",
            "{",
            "}",
            "`",
            "\u0000",
            "ä",
            "@");
    Arbitrary<String> sql = piece.list().ofMaxSize(30).map(pieces -> String.join(" ", pieces));
    Arbitrary<String> dense = piece.list().ofMaxSize(30).map(pieces -> String.join("", pieces));
    return Arbitraries.oneOf(sql, dense, Arbitraries.strings().all().ofMaxLength(60));
  }
}
