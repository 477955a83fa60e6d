package io.freshet.load;

import io.freshet.BusSettings;
import io.freshet.FeedSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How long after commit a node evicts, straight from PostgreSQL and behind a relay. */
final class FanoutLatency {

  private static final int PACES_APART = 10;

  private final LoadServer server;
  private final LoadOptions options;
  private final Fanout fanout;

  FanoutLatency(LoadServer server, LoadOptions options, Fanout fanout) {
    this.server = server;
    this.options = options;
    this.fanout = fanout;
  }

  /** Prints a table for each pace. */
  void run() throws Exception {
    List<Route> routes = fanout.installed(Route.values());
    for (int pace : List.of(Math.max(1, options.pace() / PACES_APART), options.pace())) {
      run(routes, pace);
    }
  }

  private void run(List<Route> routes, int pace) throws Exception {
    Map<Route, Sample> samples = new HashMap<>();
    Map<Route, Sample> rates = new HashMap<>();
    for (int round = 0; round <= options.rounds(); round++) {
      for (int i = 0; i < routes.size(); i++) {
        Route route = routes.get((i + round) % routes.size());
        boolean counts = round > 0; // the first warms up
        slice(
            route,
            pace,
            counts ? samples.computeIfAbsent(route, key -> new Sample()) : new Sample(),
            counts ? rates.computeIfAbsent(route, key -> new Sample()) : new Sample());
      }
    }
    options.line("%nCommit to eviction, ms, paced at %,d commits/s, by feed and bus:", pace);
    options.line(
        "%-18s %10s %10s %8s %8s %8s %8s",
        "", "commits", "per second", "p50", "p90", "p99", "worst");
    for (Route route : routes) {
      Sample sample = samples.getOrDefault(route, new Sample());
      options.line(
          "%-18s %,10d %,10.0f %8.2f %8.2f %8.2f %8.1f",
          route.label(),
          sample.count(),
          rates.getOrDefault(route, new Sample()).median(),
          sample.median() / 1e6,
          sample.percentile(0.9) / 1e6,
          sample.percentile(0.99) / 1e6,
          sample.percentile(1) / 1e6);
    }
  }

  private void slice(Route route, int pace, Sample latencies, Sample rates) throws Exception {
    try (Fanout.Open open = fanout.open(route)) {
      Map<String, String> settings = new HashMap<>();
      open.bus()
          .ifPresent(
              bus -> {
                settings.put(FeedSettings.FEED, bus.broker().setting());
                settings.put(bus.broker().addressSetting(), bus.address());
                settings.put(BusSettings.CHANNEL, bus.channel());
              });
      new EvictionSlice(server, route.variant(), pace, options.seconds(), settings)
          .measure(latencies, rates);
    }
  }
}
