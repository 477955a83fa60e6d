package io.freshet.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The demo's command line. Exit status: 0 if Freshet served nothing stale, 1 if it did, 2 if the
 * demo cannot run as asked, 3 if it failed. Used by one thread.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs two nodes with a cache each on one PostgreSQL, lets others write past them, cuts the"
          + " feed and lets it heal, and compares every read with what was committed before it.",
      "Without --url it brings its own PostgreSQL. Everything it creates is in the schema "
          + DemoSchema.NAME
          + ", in the schema freshet and in the publication freshet; it drops what was not there"
          + " before."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:Freshet served nothing stale",
      "1:Freshet served something stale",
      "2:the demo cannot run as asked",
      "3:the demo failed"
    })
public final class Demo implements Callable<Integer> {

  private static final int EXIT_STALE = 1;
  private static final int EXIT_REFUSED = 2;
  private static final int EXIT_FAILED = 3;
  private static final int ROWS = 10_000;
  private static final int ROWS_TO_COMPARE = 240_000;
  private static final int WRITES = 100;
  private static final int WRITES_TO_COMPARE = 40;
  private static final int MOST_ROWS = 20_000_000;
  private static final int MOST_THREADS = 64;
  private static final int MOST_SECONDS = 3_600;
  private static final int MOST_WRITES = 10_000;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "JDBC-URL",
      description = "a PostgreSQL of yours, such as jdbc:postgresql://localhost:5432/shop")
  private String url = "";

  @Option(names = "--user", description = "its user")
  private String user = "";

  @Option(
      names = "--password",
      description = "the user's password",
      arity = "0..1",
      interactive = true)
  private char[] password = new char[0];

  @Option(
      names = "--feed",
      paramLabel = "notify|wal",
      description = "which feed (default: one after the other, with --url notify)")
  private @Nullable Feed feed;

  @Option(
      names = "--compare",
      description =
          "instead, one web shop's workload on plain Hibernate with hibernate-jcache and Ehcache,"
              + " then on Freshet, with one node and no feed")
  private boolean compare;

  @Option(
      names = "--seconds",
      description = "how long each feed or engine runs (default: ${DEFAULT-VALUE})",
      defaultValue = "15")
  private int seconds;

  @Option(
      names = "--threads",
      description = "how many threads read (default: ${DEFAULT-VALUE})",
      defaultValue = "2")
  private int threads;

  @Option(
      names = "--rows",
      description =
          "how many rows the largest region has (default: "
              + ROWS
              + "), or with --compare the whole shop (default: "
              + ROWS_TO_COMPARE
              + ")")
  private @Nullable Integer rows;

  @Option(
      names = "--writes",
      description =
          "how many writes per second (default: "
              + WRITES
              + ", with --compare "
              + WRITES_TO_COMPARE
              + ")")
  private @Nullable Integer writes;

  @Option(
      names = "--seed",
      description = "what decides which rows are read and written (default: ${DEFAULT-VALUE})",
      defaultValue = "42")
  private long seed;

  @Option(names = "--progress", description = "show live progress where the output is no terminal")
  private boolean showProgress;

  private volatile Runnable stop = () -> {};

  private Demo() {}

  /** Runs the demo and ends the JVM. */
  public static void main(String[] arguments) {
    System.exit(run(writer(System.out), writer(System.err), arguments));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, Charset.defaultCharset()), true);
  }

  /** Runs the demo; returns the exit status. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    // Hibernate warns of its own connection pool; here it will do
    for (String noisy : List.of("org.hibernate", "org.ehcache", "io.zonky", "com.zaxxer")) {
      ((Logger) LoggerFactory.getLogger(noisy)).setLevel(Level.ERROR);
    }
    return new CommandLine(new Demo())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              err.println(failure instanceof RefusedException ? failure.getMessage() : failure);
              return failure instanceof RefusedException ? EXIT_REFUSED : EXIT_FAILED;
            })
        .execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    check("--seconds", seconds, 1, MOST_SECONDS);
    check("--threads", threads, 1, MOST_THREADS);
    check("--rows", rows(), ShopSize.LEAST_ROWS, MOST_ROWS);
    check("--writes", writes(), 1, MOST_WRITES);
    if (compare && feed != null) {
      throw new ParameterException(command(), "--feed does not go with --compare, which has none");
    }
    if (url.isEmpty() && (!user.isEmpty() || password.length > 0)) {
      throw new ParameterException(
          command(), "--user and --password go with --url, which is missing");
    }
    if (!url.isEmpty()) {
      if (!url.startsWith("jdbc:postgresql:")) {
        throw new ParameterException(
            command(),
            "--url=%s is no JDBC URL of a PostgreSQL, such as jdbc:postgresql://localhost:5432/shop"
                .formatted(url));
      }
      return on(new DemoSchema.Target(url, user, new String(password)));
    }
    try (EmbeddedPostgres server = startServer()) {
      return on(new DemoSchema.Target(server.getJdbcUrl("postgres", "postgres"), "", ""));
    }
  }

  private static EmbeddedPostgres startServer() {
    try {
      // durable, as servers are: the log is sent to a feed when it has been flushed
      return EmbeddedPostgres.builder()
          .setServerConfig("wal_level", "logical")
          .setServerConfig("fsync", "on")
          .setServerConfig("synchronous_commit", "on")
          .start();
    } catch (IOException | RuntimeException e) {
      throw new RefusedException(
          "The embedded PostgreSQL does not start here (%s); give one of yours with --url"
              .formatted(e.getMessage()),
          e);
    }
  }

  private void check(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ParameterException(
          command(),
          "%s=%d is not allowed: give a number from %d to %d"
              .formatted(option, value, least, most));
    }
  }

  private CommandLine command() {
    CommandSpec known = spec;
    if (known == null) {
      throw new IllegalStateException("picocli has not set the command");
    }
    return known.commandLine();
  }

  private int on(DemoSchema.Target target) throws Exception {
    DemoSchema schema = DemoSchema.open(target);
    Thread cleanUp = new Thread(() -> cleanUp(schema), "demo-clean-up");
    if (!url.isEmpty()) {
      // the embedded server takes everything with it
      Runtime.getRuntime().addShutdownHook(cleanUp);
    }
    try {
      return compare ? compare(schema) : feed(schema);
    } finally {
      schema.close();
      forget(cleanUp);
    }
  }

  private Progress progress() {
    return new Progress(command().getOut(), showProgress || CommandLine.Help.Ansi.AUTO.enabled());
  }

  private int compare(DemoSchema schema) throws Exception {
    PrintWriter out = command().getOut();
    ShopSize size = new ShopSize(rows());
    out.printf(
        "PostgreSQL %s, %,d rows, %d reading threads, %d writes per second, %d s per engine%n",
        schema.serverVersion(), size.total(), threads, writes(), seconds);
    Workload.Plan plan =
        new Workload.Plan(
            size,
            Duration.ofMillis(Math.max(500, seconds * 250L)),
            Duration.ofSeconds(seconds),
            threads,
            writes(),
            seed);
    Progress progress = progress();
    List<Result> results = new ArrayList<>();
    try {
      for (Engine engine : Engine.values()) {
        Workload workload = new Workload(engine, plan, progress);
        stop = workload::stop;
        results.add(workload.run(schema));
      }
    } finally {
      progress.end();
    }
    new Report(results).print(out);
    return verdict(out, results.get(results.size() - 1).isTruthful());
  }

  private int feed(DemoSchema schema) throws Exception {
    PrintWriter out = command().getOut();
    out.printf(
        "PostgreSQL %s, two nodes, a region of %,d rows, %d reading threads, %d writes per second,%n"
            + "%d s per feed, freshet.max_staleness=%ds%n",
        schema.serverVersion(),
        rows(),
        threads,
        writes(),
        seconds,
        DepotNode.MAX_STALENESS.toSeconds());
    FeedWorkload.Plan plan =
        new FeedWorkload.Plan(
            new Depot.Size(rows()), Duration.ofSeconds(seconds), threads, writes(), seed);
    Progress progress = progress();
    List<FeedResult> results = new ArrayList<>();
    for (Feed feed : feeds()) {
      FeedWorkload workload = new FeedWorkload(feed, plan, progress);
      stop = workload::stop;
      results.add(workload.run(schema));
    }
    new FeedReport(results).print(out);
    return verdict(out, results.stream().allMatch(FeedResult::isTruthful));
  }

  private List<Feed> feeds() {
    Feed chosen = feed;
    if (chosen != null) {
      return List.of(chosen);
    }
    return url.isEmpty() ? List.of(Feed.values()) : List.of(Feed.NOTIFY);
  }

  private int rows() {
    Integer given = rows;
    return given != null ? given : compare ? ROWS_TO_COMPARE : ROWS;
  }

  private int writes() {
    Integer given = writes;
    return given != null ? given : compare ? WRITES_TO_COMPARE : WRITES;
  }

  private static int verdict(PrintWriter out, boolean truthful) {
    out.println();
    if (truthful) {
      out.println("Freshet served nothing stale.");
      return 0;
    }
    out.println("Freshet served something stale: please report this table.");
    return EXIT_STALE;
  }

  /** Ctrl-C: ends the workload, then takes everything away again. */
  private void cleanUp(DemoSchema schema) {
    stop.run();
    try {
      schema.close();
    } catch (SQLException e) {
      command()
          .getErr()
          .printf("The schema %s could not be dropped: %s%n", DemoSchema.NAME, e.getMessage());
    }
  }

  private static void forget(Thread cleanUp) {
    try {
      Runtime.getRuntime().removeShutdownHook(cleanUp);
    } catch (IllegalStateException ending) {
      // the hook is running: it finds everything closed
      assert ending.getMessage() != null;
    }
  }
}
