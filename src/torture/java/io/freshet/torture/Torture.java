package io.freshet.torture;

import io.freshet.testing.InstalledPostgres;
import io.freshet.testing.Program;
import io.freshet.torture.Options.Crew;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The torture run's command line. Used by one thread. */
@Command(
    name = "torture",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs nodes and other writers on a PostgreSQL of its own, breaks what can break, and then"
            + " holds every read against the history of the rows. Exits with 1 if one broke a"
            + " promise.")
public final class Torture implements Callable<Integer> {

  private static final String RANDOM = "random";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--modes",
      split = ",",
      description =
          "which, one after the other: ${COMPLETION-CANDIDATES}, or all (default: ${DEFAULT-VALUE})",
      defaultValue = "all")
  private List<String> modes = List.of();

  @Option(
      names = "--seconds",
      description = "of all modes together (default: ${DEFAULT-VALUE})",
      defaultValue = "60")
  private int seconds;

  @Option(
      names = "--seed",
      description = "repeats the schedule; a number or random (default: ${DEFAULT-VALUE})",
      defaultValue = RANDOM)
  private String seed = RANDOM;

  @Option(
      names = "--nodes",
      description = "how many, 1 to 8 (default: ${DEFAULT-VALUE})",
      defaultValue = "2")
  private int nodes;

  @Option(
      names = "--threads",
      description = "of each node, 1 to 32 (default: ${DEFAULT-VALUE})",
      defaultValue = "3")
  private int threads;

  @Option(
      names = "--postgres",
      description = "the release, 15 or 18 (default: ${DEFAULT-VALUE})",
      defaultValue = "18")
  private int postgres;

  @Option(
      names = "--max-staleness",
      description = "in milliseconds, at least 200 (default: ${DEFAULT-VALUE})",
      defaultValue = "1000")
  private int bound;

  @Option(
      names = "--pause",
      description =
          "of each thread between two transactions, in milliseconds, on the average (default:"
              + " ${DEFAULT-VALUE}): for several runs side by side",
      defaultValue = "1")
  private int pause;

  @Option(
      names = "--faults",
      split = ",",
      description = "which, as far as the mode has them: ${COMPLETION-CANDIDATES}; default: all")
  private Set<FaultKind> faults = EnumSet.allOf(FaultKind.class);

  @Option(names = "--calm", description = "no faults at all", defaultValue = "false")
  private boolean calm;

  @Option(
      names = "--sabotage",
      description =
          "SQL that takes something from the feed, for nodes that do not look: must find something")
  private @Nullable String sabotage;

  @Option(names = "--keep", description = "where to leave the histories (default: nowhere)")
  private @Nullable Path keep;

  private Torture() {}

  /** Runs it and ends the JVM. */
  public static void main(String[] arguments) {
    Program.main(new Torture(), arguments);
  }

  /** Runs it; returns the exit status. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return Program.run(new Torture(), out, err, arguments);
  }

  @Override
  public Integer call() {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("picocli has not set the command");
    }
    List<Mode> chosen = check(known);
    PrintWriter out = known.commandLine().getOut();
    long number = seed.equals(RANDOM) ? new Random().nextInt(1_000_000) : number(known);
    if (NodeProcess.faketime().isEmpty()) {
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(
            "libfaketime is not installed: no clock can step. Install it, as .ci/run does");
      }
      out.println("libfaketime is not installed: no clock steps");
    }
    boolean good = true;
    Iterator<Mode> order = chosen.iterator();
    CompletableFuture<Stage> next = prepare(options(order.next(), number, chosen.size()));
    for (Mode mode : chosen) {
      Options options = options(mode, number, chosen.size());
      Optional<Stage> stage = await(next, mode, out);
      if (order.hasNext()) {
        // is set while this one plays
        next = prepare(options(order.next(), number, chosen.size()));
      }
      good &= stage.isEmpty() || play(options, stage.get(), out);
    }
    out.println(good ? "no promise was broken" : "a promise was broken; seed " + number);
    return good ? 0 : 1;
  }

  /** Empty where the broker is not installed. */
  private static Optional<Stage> await(CompletableFuture<Stage> next, Mode mode, PrintWriter out) {
    try {
      return Optional.of(next.join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof TestAbortedException missing) {
        out.printf("%s is skipped: %s%n", mode, missing.getMessage());
        return Optional.empty();
      }
      throw e;
    }
  }

  private boolean play(Options options, Stage stage, PrintWriter out) {
    out.printf(
        "%s, PostgreSQL %d, %d s, seed %d, max_staleness %d ms%n",
        options.mode(),
        options.postgres(),
        options.length().toSeconds(),
        options.seed(),
        options.crew().bound().toMillis());
    Verdict verdict = Run.on(options, stage);
    verdict.print(out);
    if (keep == null && verdict.isGood()) {
      remove(options.directory());
    } else {
      out.printf("  histories in %s%n", options.directory());
    }
    return verdict.isGood();
  }

  private static CompletableFuture<Stage> prepare(Options options) {
    return CompletableFuture.supplyAsync(() -> Stage.set(options));
  }

  private List<Mode> check(CommandSpec known) {
    require(known, seconds >= 1, "--seconds", seconds, "at least 1");
    require(known, nodes >= 1 && nodes <= 8, "--nodes", nodes, "1 to 8");
    require(known, threads >= 1 && threads <= 32, "--threads", threads, "1 to 32");
    require(known, postgres == 15 || postgres == 18, "--postgres", postgres, "15 or 18");
    require(
        known,
        postgres == 18 || InstalledPostgres.isAvailable(),
        "--postgres",
        postgres,
        "18, or install the binaries of 15 (FRESHET_POSTGRES_15 names them)");
    require(known, bound >= 200, "--max-staleness", bound, "at least 200");
    require(known, pause >= 0, "--pause", pause, "at least 0");
    if (modes.equals(List.of("all"))) {
      return List.of(Mode.values());
    }
    try {
      return modes.stream().map(mode -> Mode.valueOf(mode.toUpperCase(Locale.ROOT))).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          known.commandLine(),
          "--modes=%s: give all, or some of %s"
              .formatted(String.join(",", modes), List.of(Mode.values())),
          e);
    }
  }

  private long number(CommandSpec known) {
    try {
      return Long.parseLong(seed);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          known.commandLine(), "--seed=%s: give a number or random".formatted(seed), e);
    }
  }

  private static void require(
      CommandSpec known, boolean condition, String option, int value, String allowed) {
    if (!condition) {
      throw new ParameterException(
          known.commandLine(), "%s=%d: give %s".formatted(option, value, allowed));
    }
  }

  private Options options(Mode mode, long number, int parts) {
    Path directory = directory(mode);
    return new Options(
        mode,
        postgres,
        number,
        Duration.ofMillis(seconds * 1000L / parts),
        new Crew(nodes, threads, Duration.ofMillis(bound), Duration.ofMillis(pause)),
        calm ? Set.of() : faults,
        Optional.ofNullable(sabotage),
        directory);
  }

  private Path directory(Mode mode) {
    try {
      Path above = keep;
      return above == null
          ? Files.createDirectories(
              Path.of(
                  System.getProperty("java.io.tmpdir"),
                  "freshet-torture-%d-%s".formatted(ProcessHandle.current().pid(), mode)))
          : Files.createDirectories(above.resolve(mode.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
