package io.freshet.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CorpusTest {

  private static final int MAX_ROWS = 8;

  private final StatementAnalyzer analyzer = new StatementAnalyzer(1_000);

  @Test
  void corpus_size_isAtLeast150() {
    assertThat(Corpus.read()).hasSizeGreaterThanOrEqualTo(150);
  }

  @TestFactory
  Stream<DynamicTest> statement_analyzed_givesTheExpectedChanges() {
    return Corpus.read().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    "line " + entry.line() + ": " + entry.sql().lines().findFirst().orElse(""),
                    () -> check(entry)));
  }

  private void check(Corpus.Entry entry) {
    StatementEffect effect = analyzer.analyze(entry.sql());
    assertThat(EffectText.of(effect.changes(entry.parameters(), MAX_ROWS)))
        .isEqualTo(entry.expected());
    assertThat(effect.writes()).isEqualTo(!entry.expected().equals("nothing"));
    List<String> calls = entry.calls().isEmpty() ? List.of() : List.of(entry.calls().split(", "));
    assertThat(effect.functions()).containsExactlyInAnyOrderElementsOf(calls);
  }
}
