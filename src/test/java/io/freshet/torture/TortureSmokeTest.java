package io.freshet.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A minute of torture in all modes, and runs that must find something. */
class TortureSmokeTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** All modes in turn; {@code -Dtorture.seconds} and {@code -Drandom.seed} say how. */
  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void torture_allModes_breaksNoPromise() {
    int status =
        run(
            "--seconds=" + System.getProperty("torture.seconds", "60"),
            "--modes=" + System.getProperty("torture.modes", "all"),
            "--seed=" + System.getProperty("random.seed", "random"));

    System.out.println(out);
    assertThat(status).as("%s%s", out, err).isZero();
    assumeThat(out.toString()).as("what ran").doesNotContain("is skipped");
  }

  /** The triggers of one table are gone, and the nodes are told not to look. */
  @Test
  void torture_tableThatIsNotTracked_findsStaleReads() {
    int status =
        run(
            "--modes=notify",
            "--seconds=8",
            "--seed=1",
            "--calm",
            "--max-staleness=500",
            "--sabotage="
                + "drop trigger freshet_insert on rate;"
                + "drop trigger freshet_update on rate;"
                + "drop trigger freshet_delete on rate;"
                + "drop trigger freshet_truncate on rate");

    assertThat(status).as("%s%s", out, err).isEqualTo(1);
    assertThat(out.toString()).contains("STALE", "rate", "a promise was broken; seed 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--seconds=0",
        "--nodes=9",
        "--threads=0",
        "--postgres=16",
        "--max-staleness=1",
        "--pause=-1",
        "--modes=nonsense",
        "--seed=nonsense",
        "--faults=nonsense",
        "--nonsense"
      })
  void torture_badOption_saysSoAndExitsWith2(String option) {
    assertThat(run(option)).isEqualTo(2);
    assertThat(err.toString()).contains(option.substring(0, Math.max(6, option.indexOf('='))));
  }

  private int run(String... arguments) {
    return Torture.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
