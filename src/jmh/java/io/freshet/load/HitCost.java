package io.freshet.load;

import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a hit costs with a gate that needs a lease, against one that is always open. By the
 * processor time of the reading thread: what else runs does not count.
 */
final class HitCost {

  private static final Variant[] VARIANTS = {Variant.NONE, Variant.NOTIFY, Variant.WAL};
  private static final int SLICES_PER_ROUND = 8;
  private static final int WARM_UP_SLICES = 6;
  private static final int MOST_CACHED = 10_000;

  private final LoadServer server;
  private final LoadOptions options;

  HitCost(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
  }

  /** Prints the table. */
  void run() {
    Map<Variant, LoadNode> nodes = new EnumMap<>(Variant.class);
    Map<Variant, Sample> rates = new EnumMap<>(Variant.class);
    Map<Variant, Sample> ratios = new EnumMap<>(Variant.class);
    try {
      for (Variant variant : VARIANTS) {
        LoadNode node = LoadNode.start(server, variant, String.valueOf(server.rows() * 2));
        node.warm();
        nodes.put(variant, node);
        rates.put(variant, new Sample());
        ratios.put(variant, new Sample());
      }
      for (int slice = -WARM_UP_SLICES; slice < SLICES_PER_ROUND * options.rounds(); slice++) {
        Map<Variant, Double> seen = new EnumMap<>(Variant.class);
        for (int i = 0; i < VARIANTS.length; i++) {
          Variant variant = VARIANTS[Math.floorMod(i + slice, VARIANTS.length)];
          seen.put(variant, hits(nodes.get(variant)));
        }
        if (slice >= 0) {
          seen.forEach(
              (variant, rate) -> {
                rates.get(variant).add(rate);
                ratios.get(variant).add(rate / seen.get(Variant.NONE));
              });
        }
      }
    } finally {
      nodes.values().forEach(LoadNode::close);
    }
    options.line("%nHits per ms of processor time, one thread, median:");
    options.line("%-8s %10s %10s", "", "hits", "of none");
    for (Variant variant : VARIANTS) {
      options.line(
          "%-8s %10.1f %10.3f",
          variant.label(), rates.get(variant).median(), ratios.get(variant).median());
    }
  }

  private double hits(LoadNode node) {
    int ids = Math.min(MOST_CACHED, server.rows());
    var threads = ManagementFactory.getThreadMXBean();
    long until = System.nanoTime() + (long) (options.seconds() * 1e9 / SLICES_PER_ROUND);
    long begin = threads.getCurrentThreadCpuTime();
    long hits = 0;
    while (System.nanoTime() < until) {
      for (int i = 0; i < 100; i++) {
        long id = 1L + ThreadLocalRandom.current().nextInt(ids);
        try (var session = node.factory().openSession()) {
          if (session.find(Account.class, id) != null) {
            hits++;
          }
        }
      }
    }
    return hits * 1e6 / Math.max(1, threads.getCurrentThreadCpuTime() - begin);
  }
}
