package io.freshet.bench;

import io.freshet.testing.Program;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command line of the benchmarks. Used by one thread. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures Freshet beside other second-level caches, on an embedded PostgreSQL, and prints"
            + " Markdown tables. Each cache has a JVM of its own; what is compared takes turns.")
public final class Bench implements Callable<Integer> {

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--parts",
      split = ",",
      description = "which: ${COMPLETION-CANDIDATES} (default: all)")
  private Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(
      names = "--variants",
      split = ",",
      description = "which: ${COMPLETION-CANDIDATES} (default: all)")
  private Set<Variant> variants = EnumSet.allOf(Variant.class);

  @Option(
      names = "--rounds",
      description = "how often what is compared takes turns (default: ${DEFAULT-VALUE})",
      defaultValue = "3")
  private int rounds;

  @Option(
      names = "--seconds",
      description = "of each turn, from which all other times follow (default: ${DEFAULT-VALUE})",
      defaultValue = "1")
  private double seconds;

  @Option(
      names = "--threads",
      split = ",",
      description = "of part peers, in turn (default: ${DEFAULT-VALUE})",
      defaultValue = "1,2,4,8")
  private List<Integer> threads = List.of();

  @Option(
      names = "--entities",
      description = "of part peers, and products of part shop (default: ${DEFAULT-VALUE})",
      defaultValue = "10000")
  private int entities;

  @Option(
      names = "--bulk-regions",
      description = "of part bulk (default: ${DEFAULT-VALUE})",
      defaultValue = "100")
  private int bulkRegions;

  @Option(
      names = "--bulk-entries",
      description = "of each of them (default: ${DEFAULT-VALUE})",
      defaultValue = "10000")
  private int bulkEntries;

  @Option(
      names = "--regions",
      split = ",",
      description = "of part growth, in turn (default: ${DEFAULT-VALUE})",
      defaultValue = "1,10,100,500,1000")
  private List<Integer> regions = List.of();

  @Option(
      names = "--entries",
      split = ",",
      description = "of part growth, in turn (default: ${DEFAULT-VALUE})",
      defaultValue = "1000,10000,100000,1000000")
  private List<Integer> entries = List.of();

  @Option(
      names = "--profile",
      paramLabel = "<directory>",
      description = "where the JVMs of part peers leave flight recordings (default: none are made)")
  private @Nullable Path profile;

  @Option(
      names = "--url",
      description =
          "a superuser's JDBC URL of a PostgreSQL with wal_level=logical, where databases are"
              + " created and dropped (default: an embedded one)")
  private @Nullable String url;

  @Option(
      names = "--one-jvm",
      description = "run everything in this JVM: quick, but its figures mean nothing")
  private boolean oneJvm;

  private Bench() {}

  /** What can be measured. */
  enum Part {
    PEERS,
    BULK,
    SHOP,
    GROWTH,
    LOAD;

    /** As it is written on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Measures and ends the JVM. */
  public static void main(String[] arguments) {
    Program.main(new Bench(), arguments);
  }

  /** Measures; returns the exit status. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return Program.run(new Bench(), out, err, arguments);
  }

  @Override
  public Integer call() throws Exception {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("picocli has not set the command");
    }
    check(known);
    BenchOptions options =
        new BenchOptions(
            known.commandLine().getOut(),
            rounds,
            seconds,
            threads,
            List.copyOf(EnumSet.copyOf(variants)),
            new BenchOptions.Size(entities, bulkRegions, bulkEntries, regions, entries),
            Optional.ofNullable(profile));
    if (profile != null) {
      Files.createDirectories(profile);
    }
    try (Server server = url == null ? Server.start() : Server.at(url)) {
      options.line("    ./mvnw verify -Pbench%s%n", arguments(known));
      for (String line : Machine.lines(server)) {
        options.line("%s", line);
      }
      for (Part part : EnumSet.copyOf(parts)) {
        measure(part, server, options);
      }
    }
    return 0;
  }

  private static String arguments(CommandSpec command) {
    String given = String.join(" ", command.commandLine().getParseResult().originalArgs());
    return given.isEmpty() ? "" : " -Dbench.args=\"%s\"".formatted(given);
  }

  private void measure(Part part, Server server, BenchOptions options) throws Exception {
    Seats seats = new Seats(!oneJvm);
    switch (part) {
      case PEERS -> new Peers(server, seats, options).run();
      case BULK -> new Bulk(server, seats, options).run();
      case SHOP -> new ShopLoad(server, seats, options).run();
      case GROWTH -> new Growth(server, seats, options).run();
      case LOAD -> new LoadParts(options).run();
    }
  }

  private void check(CommandSpec command) {
    requirePositive(command, "--rounds", rounds);
    requirePositive(command, "--seconds", seconds);
    requirePositive(command, "--entities", entities);
    requirePositive(command, "--bulk-regions", bulkRegions);
    requirePositive(command, "--bulk-entries", bulkEntries);
    requirePositive(command, "--threads", least(threads));
    requirePositive(command, "--regions", least(regions));
    requirePositive(command, "--entries", least(entries));
  }

  private static double least(List<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).min().orElse(0);
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
