package io.freshet.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cache.GuardBenchmark;
import io.freshet.testing.TestDatabase;
import java.util.Collection;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks still run; how fast they are is not for a test. */
class BenchmarksSmokeTest {

  private static TestDatabase database;

  /** Two builds on one machine must not fail each other; nothing is measured here. */
  @BeforeAll
  static void shareDatabaseAndMachine() {
    database = TestDatabase.create();
    System.setProperty(Database.URL, database.url());
    System.setProperty("jmh.ignoreLock", "true");
  }

  @AfterAll
  static void dropDatabase() {
    System.clearProperty(Database.URL);
    database.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 4", "2, 4"})
  void hit_eachVariant_runs(int threads, int variants) throws RunnerException {
    assertThat(run(HitBenchmark.class, threads)).hasSize(variants);
  }

  @ParameterizedTest
  @CsvSource("2, 4")
  void mixed_eachVariant_runs(int threads, int variants) throws RunnerException {
    assertThat(run(MixedBenchmark.class, threads)).hasSize(variants);
  }

  @ParameterizedTest
  @CsvSource("1, 5")
  void parts_each_runs(int threads, int parts) throws RunnerException {
    assertThat(run(GuardBenchmark.class, threads)).hasSize(parts);
  }

  private static Collection<RunResult> run(Class<?> benchmark, int threads) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include("^" + Pattern.quote(benchmark.getName()) + "\\.")
        .threads(threads)
        .forks(0)
        .warmupIterations(0)
        .measurementIterations(1)
        .measurementTime(TimeValue.milliseconds(50))
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true);
    if (benchmark != GuardBenchmark.class) {
      options.param("entities", "100");
    }
    return new Runner(options.build()).run();
  }
}
