package io.freshet.load;

import io.freshet.load.FastWriters.Written;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

/** How many changes a relay passes on while writers commit as fast as they can. */
final class RelayThroughput {

  private static final int WRITERS = 16;
  private static final int[] ROWS = {1, 100};

  private final LoadServer server;
  private final LoadOptions options;
  private final Fanout fanout;

  /** One line of the table. */
  private record Line(Route route, int rows, Totals totals) {}

  /** Sums over all rounds. Not thread-safe. */
  private static final class Totals {
    private long written;
    private double writingSeconds;
    private long told;
    private long tables;
    private double tellingSeconds;
    private double processorSeconds;
    private long messages;
    private long widened;
    private long losses;
  }

  RelayThroughput(LoadServer server, LoadOptions options, Fanout fanout) {
    this.server = server;
    this.options = options;
    this.fanout = fanout;
  }

  /** Prints the table. */
  void run() throws Exception {
    List<Line> lines = new ArrayList<>();
    for (Route route :
        fanout.installed(Route.REDIS_OVER_WAL, Route.REDIS_OVER_NOTIFY, Route.RABBITMQ_OVER_WAL)) {
      for (int rows : ROWS) {
        int each = Math.max(1, Math.min(rows, server.rows() / WRITERS));
        lines.add(new Line(route, each, new Totals()));
      }
    }
    List<Connection> connections = server.connect(WRITERS);
    try {
      FastWriters writers = new FastWriters(connections, server.rows(), options.seconds());
      for (int round = 0; round <= options.rounds(); round++) {
        for (int i = 0; i < lines.size(); i++) {
          Line line = lines.get((i + round) % lines.size());
          boolean counts = round > 0; // the first warms up
          slice(counts ? line : new Line(line.route(), line.rows(), new Totals()), writers);
        }
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    options.line("%nOne relay, one node, %d writers as fast as they can:", WRITERS);
    options.line(
        "%-18s %10s %14s %11s %8s %14s %10s %8s %7s",
        "", "rows per", "rows", "rows", "tables", "relay CPU,", "rows per", "widened", "losses");
    options.line(
        "%-18s %10s %14s %11s %8s %14s %10s %8s %7s",
        "", "commit", "committed/s", "told/s", "told", "us per row", "message", "", "");
    lines.forEach(this::print);
  }

  private void print(Line line) {
    Totals totals = line.totals();
    options.line(
        "%-18s %10d %,14.0f %,11.0f %,8d %14.1f %10.1f %,8d %7d",
        line.route().label(),
        line.rows(),
        totals.written / totals.writingSeconds,
        totals.told / totals.tellingSeconds,
        totals.tables,
        totals.processorSeconds * 1e6 / Math.max(1, totals.told),
        totals.told / (double) Math.max(1, totals.messages),
        totals.widened,
        totals.losses);
  }

  private void slice(Line line, FastWriters writers) throws Exception {
    Totals totals = line.totals();
    Told told = new Told(server.rows());
    server.vacuum(line.route().variant());
    try (Fanout.Open open = fanout.open(line.route());
        LeanNodes nodes = LeanNodes.start(fanout, open, 1, told)) {
      RelayProcess relay = open.relay();
      RelayProcess.Status before = relay.status();
      long processor = relay.processorTime().toNanos();
      long begin = System.nanoTime();
      Written written = writers.write(line.route().variant(), line.rows());
      nodes.barrier(); // so that whatever has piled up counts as well
      totals.tellingSeconds += (System.nanoTime() - begin) / 1e9;
      totals.processorSeconds += (relay.processorTime().toNanos() - processor) / 1e9;
      totals.written += written.commits() * line.rows();
      totals.writingSeconds += written.nanos() / 1e9;
      totals.told += told.rows();
      totals.tables += told.tables();
      RelayProcess.Status after = relay.status();
      totals.messages += after.messages() - before.messages();
      totals.widened += after.widened() - before.widened();
      totals.losses += after.losses() - before.losses() + nodes.losses();
    }
  }
}
