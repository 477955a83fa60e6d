package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The models of {@code docs/model}, searched by {@code spin}: nothing is found with every mechanism
 * on, and a counterexample with any one of them off. Skipped where spin or gcc is not installed.
 */
class ModelTest {

  private static final Path MODELS = Path.of("docs/model");
  private static final Pattern SWITCH =
      Pattern.compile("^#define ([A-Z_]+) 1 /\\*", Pattern.MULTILINE);
  private static final Pattern STATES = Pattern.compile("([0-9.e+]+) states, stored");
  private static final long PATIENCE_SECONDS = 300;

  /** Fewer states than any of the models has: one that lost its processes would have no errors. */
  private static final double FEWEST_STATES = 10_000;

  /** The searches that are needed, each begun once; two at a time, since each needs some memory. */
  private static final Map<List<String>, Future<Search>> SEARCHES = new HashMap<>();

  private static final int AT_A_TIME = 2;

  @TempDir private static Path work;

  private static @Nullable ExecutorService searchers;

  private record Search(String log) {
    boolean wasComplete() {
      return !Pattern.compile("Search not completed|too small|MEMLIM|out of memory")
          .matcher(log)
          .find();
    }

    double states() {
      Matcher found = STATES.matcher(log);
      return found.find() ? Double.parseDouble(found.group(1)) : 0;
    }
  }

  @BeforeAll
  static void everySearchIsBegun() throws IOException {
    for (String tool : List.of("spin", "gcc")) {
      Assumptions.assumeTrue(
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool))),
          tool + " is not installed");
    }
    ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    searchers = threads;
    for (String model : models()) {
      begin(threads, model);
    }
    switches().forEach(each -> begin(threads, each[0], without(each[1])));
  }

  @AfterAll
  static void nothingIsLeftRunning() throws InterruptedException {
    ExecutorService threads = searchers;
    if (threads != null) {
      threads.shutdownNow(); // who waits for a process ends it
      assertThat(threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static String without(String mechanism) {
    return "-D" + mechanism + "=0";
  }

  static List<String> models() throws IOException {
    try (Stream<Path> files = Files.list(MODELS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".pml"))
          .map(name -> name.substring(0, name.length() - ".pml".length()))
          .sorted()
          .toList();
    }
  }

  static Stream<String[]> switches() throws IOException {
    List<String[]> all = new ArrayList<>();
    for (String model : models()) {
      SWITCH
          .matcher(Files.readString(MODELS.resolve(model + ".pml")))
          .results()
          .map((MatchResult found) -> new String[] {model, found.group(1)})
          .forEach(all::add);
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void model_withEveryMechanism_hasNoError(String model) throws Exception {
    Search search = search(model);

    assertThat(search.log()).contains("errors: 0");
    assertThat(search.wasComplete()).as("searched to the end: %s", search).isTrue();
    assertThat(search.states()).isGreaterThan(FEWEST_STATES);
  }

  @ParameterizedTest(name = "{0} without {1}")
  @MethodSource("switches")
  void model_withoutAMechanism_hasACounterexample(String model, String mechanism) throws Exception {
    assertThat(search(model, without(mechanism)).log()).contains("assertion violated");
  }

  private static Search search(String... modelAndOptions) throws Exception {
    return Objects.requireNonNull(SEARCHES.get(List.of(modelAndOptions))).get();
  }

  private static void begin(ExecutorService threads, String... modelAndOptions) {
    List<String> all = List.of(modelAndOptions);
    SEARCHES.put(all, threads.submit(() -> searched(all.get(0), all.subList(1, all.size()))));
  }

  private static Search searched(String model, List<String> options) throws Exception {
    Path folder = Files.createTempDirectory(work, model);
    List<String> spin = new ArrayList<>(List.of("spin", "-a"));
    spin.addAll(options);
    spin.add(MODELS.resolve(model + ".pml").toAbsolutePath().toString());
    run(folder, spin);
    run(folder, List.of("gcc", "-O1", "-w", "-DSAFETY", "-DMEMLIM=2000", "-o", "pan", "pan.c"));
    return new Search(run(folder, List.of("./pan", "-n", "-m10000")));
  }

  private static String run(Path folder, List<String> command) throws Exception {
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("%s", command).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(log);
    assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
    return said;
  }
}
