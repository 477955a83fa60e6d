package io.freshet.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoTest {

  private static final String SCHEMAS =
      "select count(*) from pg_namespace where nspname = '" + DemoSchema.NAME + "'";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void demo_onGivenDatabase_findsNothingStaleInFreshetAndCleansUp() {
    try (TestDatabase database = TestDatabase.create()) {
      int status =
          run("--url", database.url(), "--rows", "4000", "--seconds", "2", "--writes", "60");

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
  })
  void demo_badOption_saysSoAndExitsWith2(String option, String message) {
    assertThat(run(option)).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void demo_unreachableDatabase_saysSoAndExitsWith2() {
    assertThat(run("--url", "jdbc:postgresql://127.0.0.1:1/nowhere")).isEqualTo(2);
    assertThat(err.toString()).contains("Cannot connect to jdbc:postgresql://127.0.0.1:1/nowhere");
  }

  private int run(String... arguments) {
    return Demo.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
