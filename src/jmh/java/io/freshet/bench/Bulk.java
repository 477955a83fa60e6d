package io.freshet.bench;

import io.freshet.bench.BulkTask.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Part 2: what a native UPDATE of ten rows each second does to a million cached entries. */
final class Bulk {

  private static final int THREADS = 2;

  private final Server server;
  private final Seats seats;
  private final BenchOptions options;

  /** One line of the table. */
  private record Line(Variant variant, Update update) {}

  private static final List<Line> LINES =
      List.of(
          new Line(Variant.FRESHET, Update.BY_KEYS),
          new Line(Variant.FRESHET, Update.BY_RANGE),
          new Line(Variant.FRESHET_NOTIFY, Update.BY_RANGE),
          new Line(Variant.FRESHET_WAL, Update.BY_RANGE),
          new Line(Variant.EHCACHE_REFERENCE, Update.BY_RANGE),
          new Line(Variant.EHCACHE_REFERENCE, Update.WITH_SPACE),
          new Line(Variant.NONE, Update.BY_RANGE));

  Bulk(Server server, Seats seats, BenchOptions options) {
    this.server = server;
    this.seats = seats;
    this.options = options;
  }

  /** Prints the table. One worker at a time: each fills most of its heap. */
  void run() throws Exception {
    MarkdownTable table =
        new MarkdownTable(
            List.of(
                "native UPDATE of 10 rows each second",
                "reads/s before",
                "during",
                "worst second",
                "after",
                "hits before",
                "during",
                "worst second",
                "after",
                "statements/s before",
                "during",
                "after"));
    List<String> excuses = new ArrayList<>();
    for (Line line : LINES) {
      if (options.variants().contains(line.variant())) {
        measure(line, table, excuses);
      }
    }
    options.line("%n### A native UPDATE each second");
    options.line(
        "%n%d regions of %,d entries, all cached; %d threads read at random; %.0f s before, with an"
            + " update each second, and after. Statements: Hibernate's count of what it has"
            + " prepared.",
        options.size().bulkRegions(), options.size().bulkEntries(), THREADS, phase());
    options.table(table);
    options.remarks(excuses);
  }

  /** A phase that is shorter than that has not seen what is evicted. */
  private double phase() {
    return options.seconds() * 8;
  }

  private void measure(Line line, MarkdownTable table, List<String> excuses) throws Exception {
    try (Crew crew =
        new Crew(server, seats, Worker.Kind.BULK, List.of("-Xms2g", "-Xmx3g"), Optional.empty())) {
      crew.hire(
          line.variant(),
          Words.of()
              .with(BulkTask.REGIONS, options.size().bulkRegions())
              .with(BulkTask.ENTRIES, options.size().bulkEntries()));
      crew.ask(line.variant(), turn(Update.NO, phase())); // warms up
      Optional<Words> before = crew.ask(line.variant(), turn(Update.NO, phase()));
      Optional<Words> during = crew.ask(line.variant(), turn(line.update(), phase()));
      Optional<Words> after = crew.ask(line.variant(), turn(Update.NO, phase()));
      if (before.isEmpty() || during.isEmpty() || after.isEmpty()) {
        excuses.addAll(crew.excuses());
        return;
      }
      table.add(
          List.of(
              line.variant().label() + ", " + line.update().label(),
              whole(before.get(), "reads"),
              whole(during.get(), "reads"),
              whole(during.get(), "worst"),
              whole(after.get(), "reads"),
              percent(before.get(), "hits"),
              percent(during.get(), "hits"),
              percent(during.get(), "worstHits"),
              percent(after.get(), "hits"),
              whole(before.get(), "statements"),
              whole(during.get(), "statements"),
              whole(after.get(), "statements")));
    }
  }

  private static Words turn(Update update, double seconds) {
    return Words.of()
        .with(BulkTask.UPDATE, update.name())
        .with(BulkTask.THREADS, THREADS)
        .with(BulkTask.SECONDS, seconds);
  }

  private static String whole(Words answer, String name) {
    return BenchOptions.number(answer.number(name), "%,.0f");
  }

  private static String percent(Words answer, String name) {
    return BenchOptions.number(answer.number(name) * 100, "%.1f %%");
  }
}
