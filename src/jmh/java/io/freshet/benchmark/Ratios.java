package io.freshet.benchmark;

import io.freshet.cache.GuardBenchmark;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.util.ListStatistics;

/**
 * Runs all benchmarks and prints how Freshet compares with the other variants. Takes JMH's own
 * options. Used by one thread.
 *
 * <p>The variants take turns, round by round, so that what else the machine does meanwhile hits all
 * of them. The best iteration is the least disturbed one; processor time leaves out what others
 * took.
 */
public final class Ratios {

  /** How often the variants take turns. */
  private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 2);

  private final Options options;
  private final PrintStream out;
  private final List<RunResult> results = new ArrayList<>();

  /** What is compared. */
  private record Comparison(String title, Class<?> benchmark, int threads) {}

  /** What is compared of an iteration, and which iteration stands for all. */
  private enum Measure {
    MEDIAN("operations per ms, median", false, false),
    BEST("operations per ms, best iteration", false, true),
    CPU_MEDIAN("operations per CPU ms, median", true, false),
    CPU_BEST("operations per CPU ms, best iteration", true, true);

    private final String title;
    private final boolean cpu;
    private final boolean best;

    Measure(String title, boolean cpu, boolean best) {
      this.title = title;
      this.cpu = cpu;
      this.best = best;
    }

    double score(IterationResult iteration, int threads) {
      return cpu
          ? iteration.getSecondaryResults().get("perCpuSecond").getScore() / threads / 1_000
          : iteration.getPrimaryResult().getScore();
    }

    double of(ListStatistics scores) {
      return best ? scores.getMax() : scores.getPercentile(50);
    }
  }

  private Ratios(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs everything. */
  public static void main(String[] arguments)
      throws RunnerException, CommandLineOptionException, IOException {
    CommandLineOptions options = new CommandLineOptions(arguments);
    try (Database database = Database.open()) {
      System.setProperty(Database.URL, database.url());
      new Ratios(options, System.out).run();
    }
  }

  private void run() throws RunnerException {
    List<Comparison> comparisons =
        List.of(
            new Comparison("hit, 1 thread", HitBenchmark.class, 1),
            new Comparison("hit, 2 threads", HitBenchmark.class, 2),
            new Comparison("10 % writes, 2 threads", MixedBenchmark.class, 2));
    for (int round = 0; round < ROUNDS; round++) {
      for (Comparison comparison : comparisons) {
        results.addAll(run(comparison.benchmark(), comparison.threads()));
      }
    }
    Collection<RunResult> parts = run(GuardBenchmark.class, 1);
    for (Measure measure : Measure.values()) {
      line(
          "%n%-36s %18s %18s %12s %12s %11s %16s %11s",
          measure.title,
          Variant.jcacheDefault,
          Variant.jcacheByReference,
          Variant.freshet,
          Variant.freshetFeed,
          "of default",
          "of by reference",
          "of freshet");
      comparisons.forEach(comparison -> print(comparison, measure));
    }
    line("%n%-36s %18s", "ns per operation", Variant.freshet);
    for (RunResult part : parts) {
      line("%-36s %18.1f", part.getPrimaryResult().getLabel(), part.getPrimaryResult().getScore());
    }
  }

  private Collection<RunResult> run(Class<?> benchmark, int threads) throws RunnerException {
    return new Runner(
            new OptionsBuilder()
                .parent(options)
                .include("^" + Pattern.quote(benchmark.getName()) + "\\.")
                .threads(threads)
                .jvmArgsAppend(
                    // compiling in the background starves where the machine is busy
                    "-Xbatch",
                    "-Xms1g",
                    "-Xmx1g",
                    "-D%s=%s".formatted(Database.URL, System.getProperty(Database.URL)))
                .shouldFailOnError(true)
                .build())
        .run();
  }

  private void print(Comparison comparison, Measure measure) {
    double byValue = measure.of(scores(comparison, Variant.jcacheDefault, measure));
    double byReference = measure.of(scores(comparison, Variant.jcacheByReference, measure));
    double freshet = measure.of(scores(comparison, Variant.freshet, measure));
    double feed = measure.of(scores(comparison, Variant.freshetFeed, measure));
    line(
        "%-36s %18.1f %18.1f %12.1f %12.1f %11.2f %16.2f %11.2f",
        comparison.title(),
        byValue,
        byReference,
        freshet,
        feed,
        freshet / byValue,
        freshet / byReference,
        feed / freshet);
  }

  /** Of the iterations of all rounds. */
  private ListStatistics scores(Comparison comparison, Variant variant, Measure measure) {
    ListStatistics scores = new ListStatistics();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      if (params.getBenchmark().startsWith(comparison.benchmark().getName() + ".")
          && params.getThreads() == comparison.threads()
          && params.getParam("variant").equals(variant.name())) {
        result.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .forEach(iteration -> scores.addValue(measure.score(iteration, comparison.threads())));
      }
    }
    return scores;
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
