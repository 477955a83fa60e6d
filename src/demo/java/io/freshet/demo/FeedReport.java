package io.freshet.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The closing table of the feeds, and the live one. Stateless. */
final class FeedReport {

  private final List<FeedResult> results;

  FeedReport(List<FeedResult> results) {
    this.results = List.copyOf(results);
  }

  /** While it runs: one line per node. */
  static List<String> live(FeedResult result, double hitRatio, boolean open) {
    Table table = new Table();
    table.add(
        List.of("commit to eviction", "samples", "p50 / p99 / worst", "hits", "feed", "stale"));
    for (int i = 0; i < result.byNode.size(); i++) {
      Latencies latencies = result.byNode.get(i);
      table.add(
          List.of(
              i == 0 ? "node one" : "node two",
              number(latencies.count()),
              latencies.summary(),
              percent(hitRatio),
              open ? "open" : "cut",
              number(result.stale)));
    }
    return table.lines();
  }

  void print(PrintWriter out) {
    Table table = new Table();
    add(table, "", result -> result.feed.setting());
    add(table, "commit to eviction: p50 / p99 / worst", result -> "");
    add(table, "  node one", result -> result.byNode.get(0).summary());
    add(table, "  node two", result -> result.byNode.get(1).summary());
    for (OutsideWrite way : OutsideWrite.values()) {
      add(table, "  after " + way.label(), result -> result.of(way).summary());
    }
    add(table, "writes from outside", result -> number(result.writes));
    add(table, "reads judged", result -> number(result.reads));
    add(table, "  late, within freshet.max_staleness", result -> number(result.late));
    add(table, "  stale", result -> number(result.stale));
    add(
        table,
        "rows read after a barrier: wrong",
        result ->
            "%s of %s"
                .formatted(number(result.wrongAfterBarriers), number(result.readAfterBarriers)));
    add(
        table,
        "hit ratio before / during / after a cut",
        result ->
            "%s / %s / %s"
                .formatted(
                    percent(result.hitRatioBefore),
                    percent(result.hitRatioDuring),
                    percent(result.hitRatioAfter)));
    add(table, "  feed cut for", result -> seconds(result.cut.toMillis()));
    add(table, "  reads that bypassed the cache", result -> number(result.bypassed));
    add(table, "  healed after", result -> seconds(result.healed.toMillis()));
    add(table, "survivors of a native UPDATE of ten rows", result -> "");
    add(table, "  node one", result -> survivors(result.survivorsOne, result.cached));
    add(table, "  node two", result -> survivors(result.survivorsTwo, result.cached));
    table.print(out);
  }

  private static String survivors(long survivors, long cached) {
    return "%s of %s".formatted(number(survivors), number(cached));
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String percent(double ratio) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * ratio);
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1e3);
  }

  private void add(Table table, String name, Function<FeedResult, String> value) {
    List<String> line = new ArrayList<>();
    line.add(name);
    results.forEach(result -> line.add(value.apply(result)));
    table.add(line);
  }
}
