package io.freshet.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The closing table. Stateless. */
final class Report {

  private final List<Result> results;

  Report(List<Result> results) {
    this.results = List.copyOf(results);
  }

  void print(PrintWriter out) {
    Table lines = new Table();
    add(lines, "", result -> result.engine().label());
    add(lines, "reads per second", result -> format("%,.0f", result.readsPerSecond()));
    add(lines, "hit ratio", result -> format("%.1f %%", 100 * result.hitRatio()));
    add(lines, "writes", result -> format("%,d", result.ledger().writes()));
    add(
        lines,
        "entries surviving one native UPDATE on an unrelated table",
        result -> format("%,d of %,d", result.entriesAfter(), result.entriesBefore()));
    add(lines, "stale reads", result -> format("%,d", result.ledger().staleReads()));
    for (WritePath path : WritePath.values()) {
      if (path != WritePath.UNRELATED) {
        add(
            lines,
            "  after " + path.label(),
            result -> format("%,d", result.ledger().staleReads(path)));
      }
    }
    add(lines, "wrong entries left in the cache", result -> format("%,d", result.wrongEntries()));
    lines.print(out);
  }

  private void add(Table lines, String name, Function<Result, String> value) {
    List<String> line = new ArrayList<>();
    line.add(name);
    results.forEach(result -> line.add(value.apply(result)));
    lines.add(line);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
