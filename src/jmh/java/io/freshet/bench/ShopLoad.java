package io.freshet.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Part 3: a shop under load, of which a part is not its own. */
final class ShopLoad {

  private static final int THREADS = 2;
  private static final int PACE = 100;

  /** Of each turn, in lengths of {@code --seconds}: so long does it run before it is measured. */
  private static final int LEAD_IN = 2 * Variant.TTL_SECONDS;

  private static final int MEASURED = 2 * LEAD_IN;
  private static final List<Variant> VARIANTS =
      List.of(
          Variant.FRESHET_NOTIFY,
          Variant.FRESHET_WAL,
          Variant.EHCACHE_TTL,
          Variant.EHCACHE_REFERENCE,
          Variant.NONE);

  private final Server server;
  private final Seats seats;
  private final BenchOptions options;
  private final Map<Variant, List<Words>> answers = new EnumMap<>(Variant.class);

  /** A column: how the turns of a variant are summed up. */
  private interface Cell {
    String of(List<Words> turns);
  }

  ShopLoad(Server server, Seats seats, BenchOptions options) {
    this.server = server;
    this.seats = seats;
    this.options = options;
  }

  /** Prints the table. */
  void run() throws Exception {
    double seconds = options.seconds() * MEASURED;
    double leadIn = options.seconds() * LEAD_IN;
    try (Crew crew =
        new Crew(server, seats, Worker.Kind.SHOP, List.of("-Xms1g", "-Xmx1g"), Optional.empty())) {
      for (Variant variant : VARIANTS) {
        if (options.variants().contains(variant)) {
          crew.hire(variant, Words.of().with(ShopTask.PRODUCTS, options.size().entities()));
        }
      }
      for (int round = 0; round < options.rounds(); round++) {
        for (Variant variant : crew.inTurn(round)) {
          crew.ask(variant, turn(leadIn, seconds))
              .ifPresent(
                  words -> answers.computeIfAbsent(variant, key -> new ArrayList<>()).add(words));
        }
      }
      options.line("%n### A shop and another writer");
      options.line(
          "%n%,d products by Zipf's law; %d threads: 65 %% find, 15 %% by natural id, 10 %% the"
              + " products of a category, 5 %% change a product; somebody else commits %d updates"
              + " of products per second. Median of %d rounds of %.1f s, each from an empty cache and"
              + " after %.1f s of the same load. A stale read shows what had been replaced, by a commit that had returned, before the read began; its age"
              + " is for how long.",
          options.size().entities(), THREADS, PACE, options.rounds(), seconds, leadIn);
      print(crew);
      options.remarks(crew.excuses());
    }
  }

  private static Words turn(double leadIn, double seconds) {
    return Words.of()
        .with(ShopTask.LEAD_IN, leadIn)
        .with(ShopTask.THREADS, THREADS)
        .with(ShopTask.SECONDS, seconds)
        .with(ShopTask.PACE, PACE);
  }

  private void print(Crew crew) {
    Map<String, Cell> columns = new LinkedHashMap<>();
    columns.put("operations/s", median("operations", "%,.0f", 1));
    columns.put("p50, us", median("p50", "%,.1f", 1));
    columns.put("p99, us", median("p99", "%,.0f", 1));
    columns.put("hits", median("hits", "%.1f %%", 100));
    columns.put("statements/s", median("statements", "%,.0f", 1));
    columns.put("stale reads", ShopLoad::stale);
    columns.put("age p50, ms", median("ageP50", "%,.1f", 1));
    columns.put("age p99, ms", median("ageP99", "%,.1f", 1));
    columns.put(
        "oldest, ms",
        turns -> BenchOptions.number(sample(turns, "ageMax", 1).percentile(1), "%,.1f"));
    columns.put("other writer, commits/s", median("written", "%,.0f", 1));
    List<String> heading = new ArrayList<>(List.of("95 % reads"));
    heading.addAll(columns.keySet());
    MarkdownTable table = new MarkdownTable(heading);
    for (Variant variant : crew.inTurn(0)) {
      List<Words> turns = answers.getOrDefault(variant, List.of());
      List<String> cells = new ArrayList<>(List.of(variant.label()));
      columns.values().forEach(cell -> cells.add(cell.of(turns)));
      table.add(cells);
    }
    options.table(table);
  }

  private static Cell median(String name, String format, double factor) {
    return turns -> BenchOptions.number(sample(turns, name, factor).median(), format);
  }

  private static Sample sample(List<Words> turns, String name, double factor) {
    Sample sample = new Sample();
    for (Words turn : turns) {
      double value = turn.number(name);
      if (!Double.isNaN(value)) { // a turn without a stale read has no age
        sample.add(value * factor);
      }
    }
    return sample;
  }

  private static String stale(List<Words> turns) {
    double stale = 0;
    double checked = 0;
    for (Words turn : turns) {
      stale += turn.number("stale");
      checked += turn.number("checked");
    }
    return BenchOptions.number(stale, "%,.0f")
        + BenchOptions.number(checked == 0 ? 0 : stale / checked * 100, " (%.3f %%)");
  }
}
