package io.freshet.load;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many single-row updates commit per second, by the number of writers and who is told. */
final class WriteCost {

  private static final int[] WRITERS = {1, 4, 16, 32, 64};
  private static final int MOST_WRITERS = 64;

  private final LoadServer server;
  private final LoadOptions options;
  private final Map<Integer, Map<Variant, Sample>> rates = new HashMap<>();
  private final Map<Integer, Map<Variant, Sample>> ratios = new HashMap<>();

  WriteCost(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
    for (int writers : WRITERS) {
      rates.put(writers, samples());
      ratios.put(writers, samples());
    }
  }

  private static Map<Variant, Sample> samples() {
    Map<Variant, Sample> samples = new EnumMap<>(Variant.class);
    for (Variant variant : Variant.values()) {
      samples.put(variant, new Sample());
    }
    return samples;
  }

  static String update(Variant variant) {
    return "update " + variant.table() + " set balance = balance + 1 where id = ?";
  }

  /** Prints the table. */
  void run() throws Exception {
    List<Connection> connections = server.connect(MOST_WRITERS);
    try {
      round(connections, 0, false); // warms up
      for (int round = 0; round < options.rounds(); round++) {
        round(connections, round, true);
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    options.line("%nSingle-row updates committed per second, median (of none, median of rounds):");
    options.line(
        "%-8s %18s %18s %18s %18s",
        "writers",
        Variant.NONE.label(),
        Variant.NOTIFY.label(),
        Variant.WAL.label(),
        Variant.ROW_TRIGGER.label());
    for (int writers : WRITERS) {
      List<Object> cells = new ArrayList<>();
      cells.add(writers);
      for (Variant variant : Variant.values()) {
        cells.add(
            "%,.0f (%.2f)"
                .formatted(
                    rates.get(writers).get(variant).median(),
                    ratios.get(writers).get(variant).median()));
      }
      options.line("%-8d %18s %18s %18s %18s", cells.toArray());
    }
  }

  /** Each variant in turn, another one first in each round. */
  private void round(List<Connection> connections, int round, boolean counts) throws Exception {
    Map<Integer, Map<Variant, Double>> seen = new HashMap<>();
    Variant[] all = Variant.values();
    for (int i = 0; i < all.length; i++) {
      Variant variant = all[(i + round) % all.length];
      server.vacuum(variant);
      AutoCloseable listener = server.listener(variant);
      try {
        for (int writers : WRITERS) {
          double rate = rate(connections.subList(0, writers), variant);
          seen.computeIfAbsent(writers, key -> new EnumMap<>(Variant.class)).put(variant, rate);
        }
      } finally {
        listener.close();
      }
    }
    if (counts) {
      seen.forEach(
          (writers, byVariant) ->
              byVariant.forEach(
                  (variant, rate) -> {
                    rates.get(writers).get(variant).add(rate);
                    ratios.get(writers).get(variant).add(rate / byVariant.get(Variant.NONE));
                  }));
    }
  }

  private double rate(List<Connection> connections, Variant variant) throws Exception {
    return new FastWriters(connections, server.rows(), options.seconds())
        .write(variant, 1)
        .perSecond();
  }
}
