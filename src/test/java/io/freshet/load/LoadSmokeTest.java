package io.freshet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The load program still runs; what it measures is not for a test. */
class LoadSmokeTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void load_everyPartOfFeeds_runs() {
    int status =
        run(
            "--parts=latency,writes,bulk,hits,memory",
            "--rounds=1",
            "--seconds=0.1",
            "--rows=500",
            "--pace=500",
            "--regions=3");

    assertThat(status).as("%s%s", out, err).isZero();
    assertThat(out.toString())
        .contains("Commit to eviction", "Single-row updates", "One UPDATE of", "Hits per ms")
        .contains("Retained by a session factory of 3 empty regions")
        .doesNotContain("NaN");
  }

  @Test
  void load_everyPartOfFanout_runs() {
    int status =
        run(
            "--parts=fanout-latency,nodes,relay,listeners",
            "--rounds=1",
            "--seconds=0.1",
            "--rows=500",
            "--pace=500",
            "--nodes=2");

    assertThat(status).as("%s%s", out, err).isZero();
    assertThat(out.toString())
        .contains("by feed and bus", "Commit to last node told", "One relay, one node", "of none")
        .doesNotContain("NaN");
    assumeThat(out.toString()).as("what ran").doesNotContain("is skipped");
    assertThat(out.toString()).contains("redis over wal", "redis over notify", "rabbitmq over wal");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--rounds=0", "--seconds=-1", "--parts=nonsense", "--nodes=0", "--nonsense"})
  void load_badOption_saysSoAndExitsWith2(String option) {
    assertThat(run(option)).isEqualTo(2);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=') + 1));
  }

  private int run(String... arguments) {
    return Load.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
