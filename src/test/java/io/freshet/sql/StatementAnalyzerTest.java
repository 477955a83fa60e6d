package io.freshet.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatementAnalyzerTest {

  private final StatementAnalyzer analyzer = new StatementAnalyzer(2);

  @Test
  void text_analyzedTwice_isRemembered() {
    String sql = "delete from product where id = 1";
    assertThat(analyzer.analyze(sql)).isSameAs(analyzer.analyze(new String(sql.toCharArray())));
  }

  @Test
  void memory_full_forgetsTheLeastRecentlyUsed() {
    StatementEffect one = analyzer.analyze("select 1");
    StatementEffect two = analyzer.analyze("select 2");
    assertThat(analyzer.analyze("select 1")).isSameAs(one);
    analyzer.analyze("select 3");
    assertThat(analyzer.analyze("select 1")).isSameAs(one);
    assertThat(analyzer.analyze("select 2")).isNotSameAs(two);
  }

  @Test
  void memory_ofZero_remembersNothing() {
    StatementAnalyzer forgetful = new StatementAnalyzer(0);
    assertThat(forgetful.analyze("select 1")).isNotSameAs(forgetful.analyze("select 1"));
  }

  @Test
  void memory_negative_isRefusedWithTheValue() {
    assertThatThrownBy(() -> new StatementAnalyzer(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void veryLongText_analyzed_isNotRemembered() {
    String sql = "select 1" + " ".repeat(StatementAnalyzer.MAX_CACHED_LENGTH);
    assertThat(analyzer.analyze(sql)).isNotSameAs(analyzer.analyze(sql));
  }

  @Test
  void inListOfParameters_withinMaxRows_namesEachRow() {
    String marks = String.join(",", Collections.nCopies(3_000, "?"));
    List<Integer> ids = IntStream.range(0, 3_000).boxed().toList();
    StatementEffect effect = analyzer.analyze("delete from product where id in (" + marks + ")");
    assertThat(effect.changes(ids, 3_000)).hasSize(3_000);
    assertThat(effect.changes(ids, 2_999)).hasSize(1).hasOnlyElementsOfType(TableChange.class);
    assertThat(effect.changes()).hasSize(1).hasOnlyElementsOfType(TableChange.class);
  }

  @Test
  void parameters_withNullElements_areAccepted() {
    StatementEffect effect = analyzer.analyze("update product set n = ? where id = ?");
    assertThat(EffectText.of(effect.changes(Arrays.asList(null, 1), 10)))
        .isEqualTo("UPDATE product [id=1] -> [id=1, n=null] changed n");
  }

  @Test
  void deepNesting_analyzed_staysAtTheTable() {
    for (int depth : new int[] {50, 500, 50_000}) {
      String sql =
          "delete from product where " + "(".repeat(depth) + "id = 1" + ")".repeat(depth) + " or a";
      assertThat(EffectText.of(analyzer.analyze(sql).changes())).isEqualTo("DELETE product *");
    }
  }

  @Test
  void hugeTexts_analyzed_answerInTime() {
    List<String> texts =
        List.of(
            "(".repeat(500_000),
            "f(".repeat(300_000),
            "explain analyze ".repeat(50_000),
            "copy (".repeat(50_000),
            "insert into a ".repeat(50_000),
            "with a as (".repeat(50_000),
            "delete from a where id = 1; ".repeat(3_000),
            "update a set n = 1 where id = 1" + " and n = 1".repeat(100_000),
            "update a set n = 1 where id = 1" + " and (n = 1 or n = 2)".repeat(700),
            "select " + "case when a then ".repeat(20_000),
            "a.".repeat(300_000),
            "'".repeat(300_001),
            "/*".repeat(300_000));
    for (String text : texts) {
      assertTimeout(
          Duration.ofSeconds(20),
          () -> assertThat(analyzer.analyze(text).changes()).as(text.substring(0, 20)).isNotNull());
    }
  }

  @Test
  void nameThatPostgresCutsOff_asTarget_isUnknown() {
    assertThat(analyzer.analyze("delete from " + "x".repeat(64)).changes())
        .hasOnlyElementsOfType(UnknownChange.class);
    assertThat(analyzer.analyze("delete from " + "x".repeat(63)).changes())
        .containsExactly(
            new TableChange(TableName.of("x".repeat(63)), Operation.DELETE, ColumnSet.ALL));
  }

  @Test
  void functionWhoseNameIsCutOff_called_isReportedBothWays() {
    assertThat(analyzer.analyze("select " + "x".repeat(70) + "(1)").functions())
        .containsExactlyInAnyOrder("x".repeat(70), "x".repeat(63));
  }
}
