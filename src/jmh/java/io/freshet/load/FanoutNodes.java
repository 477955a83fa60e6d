package io.freshet.load;

import io.freshet.load.PacedWriters.Commit;
import java.util.ArrayList;
import java.util.List;

/** What one relay costs, and how late its nodes are, by how many they are. */
final class FanoutNodes {

  private final LoadServer server;
  private final LoadOptions options;
  private final Fanout fanout;

  /** One line of the table. */
  private record Line(Route route, int nodes, Sample latencies, Totals totals) {}

  /** Sums over all rounds. Not thread-safe. */
  private static final class Totals {
    private double seconds;
    private double processorSeconds;
    private long published;
    private long received;
    private long requests;
    private long untold;
    private long losses;
  }

  FanoutNodes(LoadServer server, LoadOptions options, Fanout fanout) {
    this.server = server;
    this.options = options;
    this.fanout = fanout;
  }

  /** Prints the table. */
  void run() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (Route route : fanout.installed(Route.REDIS_OVER_WAL, Route.RABBITMQ_OVER_WAL)) {
      for (int nodes : options.nodes()) {
        lines.add(new Line(route, nodes, new Sample(), new Totals()));
      }
    }
    for (int round = 0; round <= options.rounds(); round++) {
      for (int i = 0; i < lines.size(); i++) {
        Line line = lines.get((i + round) % lines.size());
        boolean counts = round > 0; // the first warms up
        slice(counts ? line : new Line(line.route(), line.nodes(), new Sample(), new Totals()));
      }
    }
    options.line(
        "%nCommit to last node told, ms, paced at %,d commits/s, one relay:", options.pace());
    options.line(
        "%-18s %6s %9s %8s %8s %8s %10s %11s %11s %11s %7s",
        "",
        "nodes",
        "commits",
        "untold",
        "p50",
        "p99",
        "relay CPU",
        "published/s",
        "received/s",
        "requests/s",
        "losses");
    lines.forEach(this::print);
  }

  private void print(Line line) {
    Totals totals = line.totals();
    options.line(
        "%-18s %6d %,9d %,8d %8.2f %8.2f %10.3f %,11.0f %,11.0f %,11.1f %7d",
        line.route().label(),
        line.nodes(),
        line.latencies().count() + totals.untold,
        totals.untold,
        line.latencies().median() / 1e6,
        line.latencies().percentile(0.99) / 1e6,
        totals.processorSeconds / totals.seconds,
        totals.published / totals.seconds,
        totals.received / totals.seconds,
        totals.requests / totals.seconds,
        totals.losses);
  }

  private void slice(Line line) throws Exception {
    Variant variant = line.route().variant();
    Totals totals = line.totals();
    Told told = new Told(server.rows());
    try (Fanout.Open open = fanout.open(line.route());
        LeanNodes nodes = LeanNodes.start(fanout, open, line.nodes(), told)) {
      RelayProcess relay = open.relay();
      RelayProcess.Status before = relay.status();
      long received = nodes.received();
      long requests = nodes.sent();
      long processor = relay.processorTime().toNanos();
      long begin = System.nanoTime();
      List<Commit> commits =
          new PacedWriters(server, variant, options.pace(), options.seconds()).write();
      nodes.barrier();
      totals.seconds += (System.nanoTime() - begin) / 1e9;
      totals.processorSeconds += (relay.processorTime().toNanos() - processor) / 1e9;
      totals.received += nodes.received() - received;
      totals.requests += nodes.sent() - requests;
      RelayProcess.Status after = relay.status();
      totals.published += after.messages() - before.messages();
      totals.losses += after.losses() - before.losses() + nodes.losses();
      for (Commit commit : commits) {
        if (told.times(commit.id()) < nodes.count()) {
          totals.untold++;
        } else {
          line.latencies().add((double) Math.max(0, told.lastNanos(commit.id()) - commit.nanos()));
        }
      }
    }
    server.vacuum(variant);
  }
}
