package io.freshet.load;

import io.freshet.load.FastWriters.Written;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What many nodes cost those who write: each with a feed of its own, or behind one relay. */
final class ListenerCost {

  private static final int WRITERS = 16;

  private final LoadServer server;
  private final LoadOptions options;
  private final Fanout fanout;

  /** One line of the table. Nobody hears where there is no route. */
  private record Line(
      Optional<Route> route, Sample rates, Sample ratios, Sample behind, Losses losses) {

    static Line of(Optional<Route> route) {
      return new Line(route, new Sample(), new Sample(), new Sample(), new Losses());
    }
  }

  /** How often a feed had to begin anew. Not thread-safe. */
  private static final class Losses {
    private long count;
  }

  ListenerCost(LoadServer server, LoadOptions options, Fanout fanout) {
    this.server = server;
    this.options = options;
    this.fanout = fanout;
  }

  /** Prints the table. */
  void run() throws Exception {
    List<Line> lines = new ArrayList<>();
    lines.add(Line.of(Optional.empty()));
    for (Route route : fanout.installed(Route.values())) {
      lines.add(Line.of(Optional.of(route)));
    }
    List<Connection> connections = server.connect(WRITERS);
    try {
      FastWriters writers = new FastWriters(connections, server.rows(), options.seconds());
      for (int round = 0; round <= options.rounds(); round++) {
        round(lines, round, writers);
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    options.line(
        "%nSingle-row updates committed per second by %d writers, median, %d nodes that hear:",
        WRITERS, options.mostNodes());
    options.line(
        "%-18s %12s %10s %18s %8s", "", "commits/s", "of none", "last told after", "losses");
    for (Line line : lines) {
      options.line(
          "%-18s %,12.0f %10.2f %18s %8d",
          line.route().map(Route::label).orElse("none"),
          line.rates().median(),
          line.ratios().median(),
          line.route().isPresent() ? "%,.1f ms".formatted(line.behind().median() / 1e6) : "",
          line.losses().count);
    }
  }

  /** Each in turn, another one first in each round. */
  private void round(List<Line> lines, int round, FastWriters writers) throws Exception {
    Map<Line, Double> seen = new HashMap<>();
    boolean counts = round > 0; // the first warms up
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get((i + round) % lines.size());
      double rate = slice(counts ? line : Line.of(line.route()), writers);
      seen.put(line, rate);
    }
    if (counts) {
      for (Line line : lines) {
        double rate = seen.getOrDefault(line, Double.NaN);
        line.rates().add(rate);
        line.ratios().add(rate / seen.getOrDefault(lines.get(0), Double.NaN));
      }
    }
  }

  private double slice(Line line, FastWriters writers) throws Exception {
    if (line.route().isEmpty()) {
      server.vacuum(Variant.NONE);
      return writers.write(Variant.NONE, 1).perSecond();
    }
    Route route = line.route().get();
    server.vacuum(route.variant());
    try (Fanout.Open open = fanout.open(route);
        LeanNodes nodes =
            LeanNodes.start(fanout, open, options.mostNodes(), new Told(server.rows()))) {
      Written written = writers.write(route.variant(), 1);
      long end = System.nanoTime();
      nodes.barrier();
      line.behind().add((double) (System.nanoTime() - end));
      line.losses().count += nodes.losses();
      return written.perSecond();
    }
  }
}
