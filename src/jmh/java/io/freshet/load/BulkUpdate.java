package io.freshet.load;

import java.sql.Connection;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;

/** One UPDATE of every row: what it costs the writer, and when the node has heard of it. */
final class BulkUpdate {

  private final LoadServer server;
  private final LoadOptions options;
  private final Map<Variant, Sample> times = new EnumMap<>(Variant.class);
  private final Map<Variant, Sample> ratios = new EnumMap<>(Variant.class);
  private final Map<Variant, Sample> heard = new EnumMap<>(Variant.class);

  BulkUpdate(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
    for (Variant variant : Variant.values()) {
      times.put(variant, new Sample());
      ratios.put(variant, new Sample());
      heard.put(variant, new Sample());
    }
  }

  /** Prints the table. */
  void run() throws Exception {
    for (int round = 0; round <= options.rounds(); round++) {
      Map<Variant, Double> seen = new EnumMap<>(Variant.class);
      Variant[] all = Variant.values();
      for (int i = 0; i < all.length; i++) {
        Variant variant = all[(i + round) % all.length];
        seen.put(variant, update(variant));
      }
      if (round > 0) { // the first warms up
        seen.forEach(
            (variant, time) -> {
              times.get(variant).add(time);
              ratios.get(variant).add(time / seen.get(Variant.NONE));
            });
      }
    }
    options.line("%nOne UPDATE of %,d rows, median:", server.rows());
    options.line("%-12s %10s %10s %28s", "", "ms", "of none", "and until the node knows, ms");
    for (Variant variant : Variant.values()) {
      options.line(
          "%-12s %10.0f %10.2f %28s",
          variant.label(),
          times.get(variant).median() / 1e6,
          ratios.get(variant).median(),
          variant.isFeed() ? "%.1f".formatted(heard.get(variant).median() / 1e6) : "");
    }
  }

  private double update(Variant variant) throws Exception {
    server.vacuum(variant);
    try (AutoCloseable listener = server.listener(variant);
        Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      long begin = System.nanoTime();
      statement.executeUpdate("update " + variant.table() + " set balance = balance + 1");
      long end = System.nanoTime();
      if (listener instanceof LoadNode node) {
        node.barrier();
        heard.get(variant).add((double) (System.nanoTime() - end));
      }
      return end - begin;
    }
  }
}
