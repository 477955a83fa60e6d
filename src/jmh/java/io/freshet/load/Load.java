package io.freshet.load;

import io.freshet.testing.Program;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The load program's command line. Used by one thread. */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures what feeds cost and how fast they are, on an embedded PostgreSQL with fsync on,"
            + " synchronous_commit on and wal_level=logical, and behind a relay over Redis and"
            + " RabbitMQ where these are installed.")
public final class Load implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--parts",
      split = ",",
      description = "which: ${COMPLETION-CANDIDATES} (default: all)")
  private Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(
      names = "--rounds",
      description = "how often what is compared takes turns (default: ${DEFAULT-VALUE})",
      defaultValue = "5")
  private int rounds;

  @Option(
      names = "--seconds",
      description = "of each turn (default: ${DEFAULT-VALUE})",
      defaultValue = "2")
  private double seconds;

  @Option(
      names = "--rows",
      description = "of each table (default: ${DEFAULT-VALUE})",
      defaultValue = "100000")
  private int rows;

  @Option(
      names = "--pace",
      description = "commits per second where they are paced (default: ${DEFAULT-VALUE})",
      defaultValue = "1000")
  private int pace;

  @Option(
      names = "--regions",
      description = "of the node whose memory is measured (default: ${DEFAULT-VALUE})",
      defaultValue = "100")
  private int regions;

  @Option(
      names = "--nodes",
      split = ",",
      description =
          "how many nodes there are in turn where there are many (default: ${DEFAULT-VALUE})",
      defaultValue = "1,10,50")
  private List<Integer> nodes = List.of();

  private Load() {}

  /** What can be measured. */
  enum Part {
    LATENCY,
    WRITES,
    BULK,
    HITS,
    MEMORY,
    FANOUT_LATENCY,
    NODES,
    RELAY,
    LISTENERS;

    /** As it is written on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Measures and ends the JVM. */
  public static void main(String[] arguments) {
    Program.main(new Load(), arguments);
  }

  /** Measures; returns the exit status. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return Program.run(new Load(), out, err, arguments);
  }

  @Override
  public Integer call() throws Exception {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("picocli has not set the command");
    }
    requirePositive(known, "--rounds", rounds);
    requirePositive(known, "--seconds", seconds);
    requirePositive(known, "--rows", rows);
    requirePositive(known, "--pace", pace);
    requirePositive(known, "--regions", regions);
    for (int count : nodes) {
      requirePositive(known, "--nodes", count);
    }
    LoadOptions options =
        new LoadOptions(known.commandLine().getOut(), rounds, seconds, pace, regions, nodes);
    try (LoadServer server = LoadServer.start(rows);
        Fanout fanout = new Fanout(server, options)) {
      options.line(
          "PostgreSQL %s, fsync %s, JDK %s, %d processors, %,d rows, %d rounds of %.1f s",
          server.query("show server_version"),
          server.query("show fsync"),
          Runtime.version(),
          Runtime.getRuntime().availableProcessors(),
          rows,
          rounds,
          seconds);
      for (Part part : parts) {
        measure(part, server, options, fanout);
      }
    }
    return 0;
  }

  private static void measure(Part part, LoadServer server, LoadOptions options, Fanout fanout)
      throws Exception {
    switch (part) {
      case LATENCY -> new EvictionLatency(server, options).run();
      case WRITES -> new WriteCost(server, options).run();
      case BULK -> new BulkUpdate(server, options).run();
      case HITS -> new HitCost(server, options).run();
      case MEMORY -> new NodeMemory(server, options).run();
      case FANOUT_LATENCY -> new FanoutLatency(server, options, fanout).run();
      case NODES -> new FanoutNodes(server, options, fanout).run();
      case RELAY -> new RelayThroughput(server, options, fanout).run();
      case LISTENERS -> new ListenerCost(server, options, fanout).run();
    }
  }

  private static void requirePositive(CommandSpec command, String option, double value) {
    if (!(value > 0)) {
      throw new CommandLine.ParameterException(
          command.commandLine(),
          String.format(
              Locale.ROOT, "%s=%s is not allowed: give a positive number", option, value));
    }
  }
}
