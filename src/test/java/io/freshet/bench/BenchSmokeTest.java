package io.freshet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The benchmarks still run, and print what they promise; what they measure is not for a test. */
class BenchSmokeTest {

  private static final String SIZES =
      "--rounds=1 --seconds=0.05 --threads=2 --entities=200 --bulk-regions=2"
          + " --bulk-entries=100 --regions=2 --entries=200 --url=";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void bench_everyPart_printsItsTablesComplete() {
    run(
        "--one-jvm --parts=peers,bulk,shop,growth"
            + " --variants=none,map,freshet,freshet-notify,ehcache-reference,ehcache-ttl");

    assertThat(headings())
        .containsExactly(
            "Hits, misses and writes",
            "A native UPDATE each second",
            "A shop and another writer",
            "Regions",
            "Entries");
    assertThat(out.toString())
        .contains("PostgreSQL 1", "hibernate-core 7", "ehcache 3", "processors")
        .doesNotContain("does not run", "NaN", "of the operations hit");
    List<Map<String, List<String>>> tables = tables();
    assertThat(tables).hasSize(7);
    assertThat(tables.get(0)).as("operations").hasSize(4 + 1);
    assertThat(tables.get(1)).as("ratios").hasSize(4 + 1);
    assertThat(tables.get(2)).as("ratios").hasSize(4 + 1);
    assertThat(tables.get(3)).as("updates").hasSize(6 + 1);
    assertThat(tables.get(4)).as("shop").hasSize(4 + 1);
    assertThat(tables.get(5)).as("regions").hasSize(3 + 1);
    assertThat(tables.get(6)).as("entries").hasSize(4 + 1);
    tables.get(0).values().stream().skip(1).flatMap(List::stream).forEach(this::assertMeasured);
    assertThat(tables.get(1)).allSatisfy((line, cells) -> assertThat(cells).doesNotContain("-"));
    assertUpdates(updates(tables.get(3)));
    assertShop(tables.get(4));
    for (List<String> line : tables.get(5).values().stream().skip(1).toList()) {
      line.forEach(this::assertMeasured);
    }
    for (List<String> line : tables.get(6).values().stream().skip(1).toList()) {
      line.stream().skip(1).forEach(this::assertMeasured); // so few bytes are lost in noise
    }
  }

  /**
   * Measured again where a stall was longer than the phases, and nothing was seen of the update.
   */
  private Map<String, List<String>> updates(Map<String, List<String>> measured) {
    Map<String, List<String>> table = measured;
    for (int more = 0; more < 3 && !showsUpdates(table); more++) {
      run("--one-jvm --parts=bulk --variants=none,freshet,freshet-notify,ehcache-reference");
      table = tables().get(tables().size() - 1);
    }
    return table;
  }

  private static boolean showsUpdates(Map<String, List<String>> table) {
    double freshet = number(cells(table, "Freshet, id in (...)").get(9));
    return freshet > 0 && freshet < number(cells(table, "Ehcache by reference, id between").get(9));
  }

  /** Where each update empties everything, fewer reads hit than where it evicts ten rows. */
  private void assertUpdates(Map<String, List<String>> table) {
    List<String> freshet = cells(table, "Freshet, id in (...)");
    assertThat(number(freshet.get(4))).as("hits before").isEqualTo(100);
    assertThat(number(freshet.get(8))).as("statements before").isZero();
    assertThat(number(freshet.get(9))).as("statements during").isPositive();
    assertThat(number(freshet.get(9)))
        .as("statements during")
        .isLessThan(number(cells(table, "Ehcache by reference, id between").get(9)));
    assertThat(number(cells(table, "no cache, id between").get(5))).as("hits").isZero();
  }

  private void assertShop(Map<String, List<String>> table) {
    assertThat(cells(table, "no cache").get(5)).as("stale reads").startsWith("0 ");
    assertThat(cells(table, "no cache").get(3)).as("hits").isEqualTo("0.0 %");
    assertThat(number(cells(table, "Freshet, notify").get(3))).as("hits").isPositive();
    table.values().stream()
        .skip(1)
        .forEach(
            line -> {
              assertMeasured(line.get(0));
              assertMeasured(line.get(2));
              assertMeasured(line.get(9));
            });
  }

  @Test
  void peers_ownJvms_areMeasuredOrExcused() {
    run("--parts=peers --variants=map,infinispan");

    assertThat(tables()).hasSize(3);
    assertThat(tables().get(0).get("operations per ms")).containsExactly("bare map");
    tables().get(0).values().stream().skip(1).flatMap(List::stream).forEach(this::assertMeasured);
    assertThat(out.toString()).contains("- Infinispan local does not run: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--rounds=0", "--seconds=-1", "--parts=nonsense", "--threads=0", "--entries=0"})
  void bench_badOption_saysSoAndExitsWith2(String option) {
    int status = Bench.run(new PrintWriter(out, true), new PrintWriter(err, true), option);

    assertThat(status).isEqualTo(2);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
  }

  private void run(String arguments) {
    int status;
    try (TestDatabase database = TestDatabase.create()) {
      status =
          Bench.run(
              new PrintWriter(out, true),
              new PrintWriter(err, true),
              (SIZES + database.url() + " " + arguments).split(" "));
    }

    assertThat(status).as("%s%s", out, err).isZero();
  }

  private List<String> headings() {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith("### "))
        .map(line -> line.substring(4))
        .toList();
  }

  /** By the first cell; of a table with a second key, by both. */
  private List<Map<String, List<String>>> tables() {
    return Stream.of(out.toString().split("\n\n"))
        .map(String::strip)
        .filter(block -> block.startsWith("|"))
        .map(BenchSmokeTest::table)
        .toList();
  }

  private static Map<String, List<String>> table(String block) {
    Map<String, List<String>> lines = new LinkedHashMap<>();
    for (String line : block.lines().filter(one -> !one.startsWith("|---")).toList()) {
      List<String> cells =
          Arrays.stream(line.substring(1, line.length() - 1).split("\\|"))
              .map(String::strip)
              .toList();
      boolean twoKeys = block.startsWith("|  |");
      lines.put(
          twoKeys ? cells.get(0) + " " + cells.get(1) : cells.get(0),
          cells.subList(twoKeys ? 2 : 1, cells.size()));
    }
    return lines;
  }

  private static List<String> cells(Map<String, List<String>> table, String line) {
    assertThat(table).containsKey(line);
    return table.getOrDefault(line, List.of());
  }

  /** So short a turn on a machine that stalls may well round to nothing. */
  private void assertMeasured(String cell) {
    assertThat(number(cell)).as("%s in%n%s", cell, out).isNotNegative();
  }

  private static double number(String cell) {
    return Double.parseDouble(cell.replace(",", "").replace("%", "").strip());
  }
}
