package io.freshet.bench;

import io.freshet.bench.PeersTask.Mode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Part 1: hits, misses and writes, by the number of threads, of everybody's cache. */
final class Peers {

  private static final double HARDLY_ANY = 0.02;
  private static final int WARM_UP_TURNS = 6;
  private static final int WARM_UP_THREADS = 2;

  private final Server server;
  private final Seats seats;
  private final BenchOptions options;
  private final Map<Line, Map<Variant, Sample>> byClock = new HashMap<>();
  private final Map<Line, Map<Variant, Sample>> byProcessor = new HashMap<>();

  /** One line of the table. */
  private record Line(Mode mode, int threads) {

    @Override
    public String toString() {
      return "%s, %d thread%s".formatted(mode.label(), threads, threads == 1 ? "" : "s");
    }
  }

  Peers(Server server, Seats seats, BenchOptions options) {
    this.server = server;
    this.seats = seats;
    this.options = options;
  }

  /** Prints the tables. */
  void run() throws Exception {
    try (Crew crew =
        new Crew(
            server, seats, Worker.Kind.PEERS, List.of("-Xms512m", "-Xmx1g"), options.profile())) {
      for (Variant variant : options.variants()) {
        if (variant != Variant.EHCACHE_TTL) { // what has expired is no hit
          crew.hire(variant, Words.of().with(PeersTask.ENTITIES, options.size().entities()));
        }
      }
      List<String> remarks = new ArrayList<>();
      for (Mode mode : Mode.values()) {
        warmUp(crew, mode, remarks);
      }
      for (int round = 0; round < options.rounds(); round++) {
        for (Mode mode : Mode.values()) {
          for (int threads : options.threads()) {
            turns(crew, new Line(mode, threads), round);
          }
        }
      }
      options.line("%n### Hits, misses and writes");
      options.line(
          "%nOperations per ms, median of %d rounds of %.1f s; %,d entities.",
          options.rounds(), options.seconds(), options.size().entities());
      options.table(rateTable(crew.inTurn(0)));
      remarks.addAll(crew.excuses());
      options.remarks(remarks);
      options.line("%nRatios are taken within a round; median.");
      options.table(ratioTable("ratio, by the clock", byClock, crew.inTurn(0)));
      options.line(
          "%nOperations for each millisecond that their threads were given a processor: what they"
              + " cost their callers, also on a machine that is busy with other things. Waiting for"
              + " the database is left out, and what others do for them: a feed's threads, a"
              + " client's, the server.");
      options.table(ratioTable("ratio, by processor time", byProcessor, crew.inTurn(0)));
    }
  }

  private void warmUp(Crew crew, Mode mode, List<String> remarks) throws Exception {
    Words turn = turn(mode, WARM_UP_THREADS, options.seconds() * WARM_UP_TURNS);
    for (Variant variant : crew.inTurn(0)) {
      crew.ask(variant, turn);
      crew.ask(variant, turn.with(PeersTask.CHECK, true))
          .flatMap(checked -> remark(variant, mode, checked))
          .ifPresent(remarks::add);
    }
  }

  private static Words turn(Mode mode, int threads, double seconds) {
    return Words.of()
        .with(PeersTask.MODE, mode.name())
        .with(PeersTask.THREADS, threads)
        .with(PeersTask.SECONDS, seconds);
  }

  /** A figure means nothing if hits are no hits. */
  private static Optional<String> remark(Variant variant, Mode mode, Words checked) {
    double hits = checked.number("hits");
    double puts = checked.number("puts");
    boolean wrong =
        switch (mode) {
          case HIT -> hits < 1 - HARDLY_ANY;
          case MISS -> hits > HARDLY_ANY || puts < 1 - HARDLY_ANY;
          case MIXED_10, MIXED_50 -> false; // what a write leaves in the cache is its own affair
        };
    return wrong && variant != Variant.NONE
        ? Optional.of(
            "%s, %s: %.0f %% of the operations hit, %.0f %% stored"
                .formatted(variant.label(), mode.label(), hits * 100, puts * 100))
        : Optional.empty();
  }

  private void turns(Crew crew, Line line, int round) throws Exception {
    for (Variant variant : crew.inTurn(round)) {
      Optional<Words> answer =
          crew.ask(variant, turn(line.mode(), line.threads(), options.seconds()));
      note(byClock, line, variant, answer.map(words -> words.number(PeersTask.BY_CLOCK)));
      note(byProcessor, line, variant, answer.map(words -> words.number(PeersTask.BY_PROCESSOR)));
    }
  }

  private static void note(
      Map<Line, Map<Variant, Sample>> rates, Line line, Variant variant, Optional<Double> rate) {
    rates
        .computeIfAbsent(line, key -> new EnumMap<>(Variant.class))
        .computeIfAbsent(variant, key -> new Sample())
        .add(rate.orElse(Double.NaN));
  }

  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (Mode mode : Mode.values()) {
      for (int threads : options.threads()) {
        lines.add(new Line(mode, threads));
      }
    }
    return lines;
  }

  private static Sample rates(Map<Line, Map<Variant, Sample>> rates, Line line, Variant variant) {
    return rates.getOrDefault(line, Map.of()).getOrDefault(variant, new Sample());
  }

  private MarkdownTable rateTable(List<Variant> variants) {
    List<String> heading = new ArrayList<>(List.of("operations per ms"));
    variants.forEach(variant -> heading.add(variant.label()));
    MarkdownTable table = new MarkdownTable(heading);
    for (Line line : lines()) {
      List<String> cells = new ArrayList<>(List.of(line.toString()));
      for (Variant variant : variants) {
        cells.add(BenchOptions.number(rates(byClock, line, variant).median(), "%,.1f"));
      }
      table.add(cells);
    }
    return table;
  }

  /** Freshet against the ceiling and against whoever is best of the others. */
  private MarkdownTable ratioTable(
      String title, Map<Line, Map<Variant, Sample>> rates, List<Variant> variants) {
    List<Variant> ours = variants.stream().filter(Variant::isFreshet).toList();
    List<Variant> usable = ours.stream().filter(our -> our != Variant.FRESHET_MAP).toList();
    List<String> heading = new ArrayList<>(List.of(title));
    for (Variant our : ours) {
      heading.add(our.label() + " / bare map");
    }
    heading.add("best peer");
    for (Variant our : usable) {
      heading.add(our.label() + " / best peer");
    }
    MarkdownTable table = new MarkdownTable(heading);
    for (Line line : lines()) {
      List<String> cells = new ArrayList<>(List.of(line.toString()));
      ours.forEach(our -> cells.add(ratio(rates, line, List.of(our, Variant.MAP))));
      Optional<Variant> best =
          variants.stream()
              .filter(Variant::isPeer)
              .max(Comparator.comparingDouble(peer -> rates(rates, line, peer).median()));
      cells.add(best.map(Variant::label).orElse("-"));
      usable.forEach(
          our -> cells.add(best.map(peer -> ratio(rates, line, List.of(our, peer))).orElse("-")));
      table.add(cells);
    }
    return table;
  }

  /** Of the first one to the second. */
  private static String ratio(
      Map<Line, Map<Variant, Sample>> rates, Line line, List<Variant> pair) {
    return BenchOptions.number(
        rates(rates, line, pair.get(0)).ratio(rates(rates, line, pair.get(1))), "%.2f");
  }
}
