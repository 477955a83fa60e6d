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
    List<List<String>> lines = new ArrayList<>();
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
    print(out, lines);
  }

  private void add(List<List<String>> lines, String name, Function<Result, String> value) {
    List<String> line = new ArrayList<>();
    line.add(name);
    results.forEach(result -> line.add(value.apply(result)));
    lines.add(line);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  private static void print(PrintWriter out, List<List<String>> lines) {
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    out.println();
    for (int row = 0; row < lines.size(); row++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - lines.get(row).get(i).length());
        text.append(i == 0 ? "" : "  ")
            .append(i == 0 ? lines.get(row).get(i) + padding : padding + lines.get(row).get(i));
      }
      out.println(text.toString().stripTrailing());
      if (row == 0) {
        out.println("-".repeat(text.length()));
      }
    }
    out.flush();
  }
}
