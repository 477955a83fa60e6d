package io.freshet.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoTest {

  private static final String SCHEMAS =
      "select count(*) from pg_namespace where nspname = '" + DemoSchema.NAME + "'";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static final String TRACES =
      "select (select count(*) from pg_namespace where nspname in ('freshet', '%s'))"
              .formatted(DemoSchema.NAME)
          + " + (select count(*) from pg_publication where pubname = 'freshet')";

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void demo_eachFeed_findsNothingStaleAndCleansUp(String feed) {
    try (TestDatabase database = TestDatabase.create()) {
      int status = run("--url", database.url(), "--feed", feed, "--rows", "1000", "--seconds", "3");

      assertThat(status).as("%s%s", out, err).isZero();
      assertThat(out.toString())
          .contains("commit to eviction", "healed after", "990 of 1,000", feed)
          .contains("Freshet served nothing stale.")
          .doesNotContain("\r", "\u001b");
      assertThat(out.toString().lines()).allMatch(line -> line.length() <= 100);
      assertThat(database.queryText(TRACES)).isEqualTo("0");
    }
  }

  @Test
  void demo_whereFreshetIsInstalled_leavesItThere() throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute(
          "create table mine (id int primary key)",
          Files.readString(Path.of("migrations/V1__freshet.sql")),
          "select freshet.track('mine')",
          "create publication freshet for table mine");

      assertThat(run("--url", database.url(), "--rows", "1000", "--seconds", "1")).isZero();
      assertThat(
              database.queryText("select string_agg(relation::text, ' ') from freshet.tracked()"))
          .isEqualTo("mine");
      assertThat(
              database.queryText(
                  "select count(*) from pg_proc where pronamespace = 'freshet'::regnamespace"
                      + " and prorettype = 'trigger'::regtype"))
          .isEqualTo("1");
      assertThat(
              database.queryText(
                  "select string_agg(tablename, ' ') from pg_publication_tables where pubname ="
                      + " 'freshet'"))
          .isEqualTo("mine");
    }
  }

  @Test
  void compare_onGivenDatabase_findsNothingStaleInFreshetAndCleansUp() {
    try (TestDatabase database = TestDatabase.create()) {
      int status =
          run(
              "--compare",
              "--url",
              database.url(),
              "--rows",
              "4000",
              "--seconds",
              "2",
              "--writes",
              "60");

      assertThat(status).as("%s%s", out, err).isZero();
      assertThat(out.toString())
          .contains("reads per second", "hit ratio", "stale reads", Engine.PLAIN.label())
          .contains("Freshet served nothing stale.")
          .doesNotContain("\r");
      assertThat(database.queryText(SCHEMAS)).isEqualTo("0");
    }
  }

  @Test
  void demo_schemaOfSomebodyElse_isRefusedAndLeftAlone() {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute(
          "create schema " + DemoSchema.NAME, "create table " + DemoSchema.NAME + ".mine (id int)");

      assertThat(run("--url", database.url())).isEqualTo(2);
      assertThat(err.toString()).contains(DemoSchema.NAME, "was not created by the demo", "--url");
      assertThat(database.queryText("select to_regclass('" + DemoSchema.NAME + ".mine')"))
          .isEqualTo(DemoSchema.NAME + ".mine");
    }
  }

  @Test
  void demo_whileAnotherRuns_isRefused() throws Exception {
    try (TestDatabase database = TestDatabase.create();
        DemoSchema other = DemoSchema.open(new DemoSchema.Target(database.url(), "", ""))) {
      assertThat(run("--url", database.url())).isEqualTo(2);
      assertThat(err.toString()).contains("Another demo is running");
      assertThat(other.serverVersion()).isNotEmpty();
    }
  }

  @Test
  void schema_leftBehindByKilledDemo_isTakenOver() throws Exception {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute(
          "create schema " + DemoSchema.NAME,
          "comment on schema %s is '%s'".formatted(DemoSchema.NAME, DemoSchema.MARKER),
          "create table " + DemoSchema.NAME + ".product (id int)");
      try (DemoSchema schema = DemoSchema.open(new DemoSchema.Target(database.url(), "", ""))) {
        schema.fill(new ShopSize(ShopSize.LEAST_ROWS));
        assertThat(database.queryText("select count(*) from freshet_demo.product"))
            .isEqualTo("100");
      }
      assertThat(database.queryText(SCHEMAS)).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--seconds=0, --seconds=0 is not allowed: give a number from 1",
    "--rows=12, give a number from 800",
    "--threads=many, --threads",
    "--url=jdbc:h2:mem:shop, is no JDBC URL of a PostgreSQL",
    "--user=me, go with --url",
    "--nonsense, --nonsense",
    "--feed=carrier-pigeon, '--feed'",
    "--compare --feed=wal, does not go with --compare",
  })
  void demo_badOption_saysSoAndExitsWith2(String option, String message) {
    assertThat(run(option.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void demo_unreachableDatabase_saysSoAndExitsWith2() {
    assertThat(run("--url", "jdbc:postgresql://127.0.0.1:1/nowhere")).isEqualTo(2);
    assertThat(err.toString()).contains("Cannot connect to jdbc:postgresql://127.0.0.1:1/nowhere");
  }

  @Test
  void expectations_readOlderThanTheBound_isStale() {
    Expectations expectations = new Expectations(new Depot.Size(1_000), Duration.ofSeconds(1));
    Depot.RowId row = new Depot.RowId(Depot.Kind.ARTICLE, 7);
    expectations.begin(row, 5, 0);
    long committed = System.nanoTime();

    assertThat(expectations.judge(row, 1, committed, 0)).isEqualTo(Expectations.Verdict.FRESH);
    expectations.committed(row, committed);

    long within = committed + 900_000_000L;
    long beyond = committed + 1_100_000_000L;
    assertThat(expectations.judge(row, 1, within, 0)).isEqualTo(Expectations.Verdict.LATE);
    assertThat(expectations.judge(row, 1, beyond, 0)).isEqualTo(Expectations.Verdict.STALE);
    assertThat(expectations.judge(row, 1, beyond, 5)).isEqualTo(Expectations.Verdict.FRESH);
    // the node that wrote sees it at once
    assertThat(expectations.judge(row, 0, within, 0)).isEqualTo(Expectations.Verdict.STALE);
    assertThat(expectations.judge(row, 0, within, 4)).isEqualTo(Expectations.Verdict.STALE);
  }

  private int run(String... arguments) {
    return Demo.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
