package io.freshet.bench;

import io.freshet.bench.GrowthTask.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Part 4: what a session factory costs by its regions and by its entries. */
final class Growth {

  private static final int FEW_ENTRIES = 10;
  private static final double MEGA = 1e6;
  private static final List<Variant> BOOTED =
      List.of(
          Variant.NONE,
          Variant.EHCACHE,
          Variant.FRESHET,
          Variant.FRESHET_NOTIFY,
          Variant.FRESHET_WAL);
  private static final List<Variant> FILLED =
      List.of(
          Variant.MAP,
          Variant.EHCACHE,
          Variant.EHCACHE_REFERENCE,
          Variant.CAFFEINE_REFERENCE,
          Variant.FRESHET,
          Variant.FRESHET_NOTIFY);

  private final Server server;
  private final Seats seats;
  private final BenchOptions options;
  private final List<String> excuses = new ArrayList<>();

  Growth(Server server, Seats seats, BenchOptions options) {
    this.server = server;
    this.seats = seats;
    this.options = options;
  }

  /** Prints the tables. */
  void run() throws Exception {
    options.line("%n### Regions");
    options.line(
        "%nEach boot is in a JVM of its own that has loaded nothing; the first one installs what a"
            + " feed needs. Empty heap: all that is retained when nothing is cached, Hibernate's"
            + " part too. Hits: per ms, one thread, all regions, %d entries each.",
        FEW_ENTRIES);
    options.table(regions());
    options.line("%n### Entries");
    options.line("%nOne region. Bytes per entry: what the heap has grown by since it was empty.");
    options.table(entries());
    options.remarks(excuses);
  }

  private MarkdownTable regions() throws Exception {
    MarkdownTable table =
        new MarkdownTable(
            List.of(
                "", "regions", "first boot, s", "boot, s", "empty heap, MB", "hits/ms", "end, ms"));
    for (int regions : options.size().regions()) {
      for (Variant variant : BOOTED) {
        if (options.variants().contains(variant)) {
          regions(variant, regions, table);
        }
      }
    }
    return table;
  }

  private void regions(Variant variant, int regions, MarkdownTable table) throws Exception {
    String url = server.database();
    Words command = command(variant, url, regions, FEW_ENTRIES);
    try {
      Map<Step, Double> first =
          measure(command.with(GrowthTask.NEW, true), List.of(Step.BOOT, Step.SHUTDOWN));
      Map<Step, Double> second =
          measure(
              command, List.of(Step.BOOT, Step.EMPTY_HEAP, Step.FILL, Step.HITS, Step.SHUTDOWN));
      table.add(
          List.of(
              variant.label(),
              BenchOptions.number(regions, "%,.0f"),
              BenchOptions.number(value(first, Step.BOOT) / 1e3, "%.2f"),
              BenchOptions.number(value(second, Step.BOOT) / 1e3, "%.2f"),
              BenchOptions.number(value(second, Step.EMPTY_HEAP) / MEGA, "%.1f"),
              BenchOptions.number(value(second, Step.HITS), "%,.1f"),
              BenchOptions.number(value(second, Step.SHUTDOWN), "%,.0f")));
    } catch (WorkerFailedException e) {
      excuses.add("%s, %d regions: %s".formatted(variant.label(), regions, e.getMessage()));
    } finally {
      server.drop(url);
    }
  }

  private MarkdownTable entries() throws Exception {
    MarkdownTable table =
        new MarkdownTable(
            List.of("", "entries", "bytes per entry", "hits/ms", "an eviction, ns", "end, ms"));
    for (int entries : options.size().entries()) {
      for (Variant variant : FILLED) {
        if (options.variants().contains(variant)) {
          entries(variant, entries, table);
        }
      }
    }
    return table;
  }

  private void entries(Variant variant, int entries, MarkdownTable table) throws Exception {
    String url = server.database();
    try {
      Map<Step, Double> seen =
          measure(
              command(variant, url, 1, entries).with(GrowthTask.NEW, true), List.of(Step.values()));
      table.add(
          List.of(
              variant.label(),
              BenchOptions.number(entries, "%,.0f"),
              BenchOptions.number(
                  (value(seen, Step.HEAP) - value(seen, Step.EMPTY_HEAP)) / entries, "%,.0f"),
              BenchOptions.number(value(seen, Step.HITS), "%,.1f"),
              BenchOptions.number(value(seen, Step.EVICTIONS), "%,.0f"),
              BenchOptions.number(value(seen, Step.SHUTDOWN), "%,.0f")));
    } catch (WorkerFailedException e) {
      excuses.add("%s, %d entries: %s".formatted(variant.label(), entries, e.getMessage()));
    } finally {
      server.drop(url);
    }
  }

  private static Words command(Variant variant, String url, int regions, int entries) {
    return Words.of()
        .with(Worker.TASK, Worker.Kind.GROWTH.name())
        .with(Worker.VARIANT, variant.name())
        .with(Worker.URL, url)
        .with(Worker.REDIS, "")
        .with(GrowthTask.REGIONS, regions)
        .with(GrowthTask.ENTRIES, entries);
  }

  private Map<Step, Double> measure(Words command, List<Step> steps) throws IOException {
    Map<Step, Double> values = new EnumMap<>(Step.class);
    try (Seat seat = seats.start(List.of("-Xmx3g"))) {
      seat.ask(command);
      for (Step step : steps) {
        values.put(
            step,
            seat.ask(
                    Words.of()
                        .with(GrowthTask.STEP, step.name())
                        .with(GrowthTask.SECONDS, options.seconds()))
                .number("value"));
      }
    }
    return values;
  }

  private static double value(Map<Step, Double> values, Step step) {
    return values.getOrDefault(step, Double.NaN);
  }
}
