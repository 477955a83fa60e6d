package io.freshet.load;

import java.util.EnumMap;
import java.util.Map;

/**
 * How long after commit has returned to the writer a node evicts the row: some writers, together at
 * a given pace, each row once, all of them cached.
 */
final class EvictionLatency {

  private static final Variant[] FEEDS = {Variant.NOTIFY, Variant.WAL};

  private final LoadServer server;
  private final LoadOptions options;

  EvictionLatency(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
  }

  /** Prints the table. */
  void run() throws Exception {
    Map<Variant, Sample> samples = new EnumMap<>(Variant.class);
    Map<Variant, Sample> rates = new EnumMap<>(Variant.class);
    for (Variant feed : FEEDS) {
      samples.put(feed, new Sample());
      rates.put(feed, new Sample());
      slice(feed, new Sample(), new Sample()); // warms up
    }
    for (int round = 0; round < options.rounds(); round++) {
      for (Variant feed : FEEDS) {
        slice(feed, samples.get(feed), rates.get(feed));
      }
    }
    options.line("%nCommit to eviction, ms, paced at %,d commits/s:", options.pace());
    options.line(
        "%-8s %10s %10s %8s %8s %8s %8s",
        "", "commits", "per second", "p50", "p90", "p99", "worst");
    for (Variant feed : FEEDS) {
      Sample sample = samples.get(feed);
      options.line(
          "%-8s %,10d %,10.0f %8.2f %8.2f %8.2f %8.1f",
          feed.label(),
          sample.count(),
          rates.get(feed).median(),
          sample.median() / 1e6,
          sample.percentile(0.9) / 1e6,
          sample.percentile(0.99) / 1e6,
          sample.percentile(1) / 1e6);
    }
  }

  private void slice(Variant feed, Sample latencies, Sample rates) throws Exception {
    new EvictionSlice(server, feed, options.pace(), options.seconds(), Map.of())
        .measure(latencies, rates);
  }
}
