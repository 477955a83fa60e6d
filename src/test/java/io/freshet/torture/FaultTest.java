package io.freshet.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FaultTest {

  private static final Duration LENGTH = Duration.ofMinutes(10);

  private static List<Fault> schedule(long seed) {
    return Fault.schedule(
        new Dice(seed), EnumSet.allOf(FaultKind.class), LENGTH, Duration.ofSeconds(1));
  }

  @Test
  void schedule_sameSeed_isTheSame() {
    assertThat(schedule(1)).isEqualTo(schedule(1)).isNotEqualTo(schedule(2));
  }

  @Test
  void schedule_long_hasEveryKind_someTogether_andEndsInTime() {
    List<Fault> faults = schedule(3);

    assertThat(faults).extracting(Fault::kind).contains(FaultKind.values());
    assertThat(faults).isSortedAccordingTo((a, b) -> a.after().compareTo(b.after()));
    assertThat(faults.stream().map(Fault::after).distinct().count()).isLessThan(faults.size());
    assertThat(faults).allMatch(fault -> fault.after().compareTo(LENGTH) < 0);
  }

  @Test
  void schedule_noKinds_isEmpty() {
    assertThat(Fault.schedule(new Dice(1), Set.of(), LENGTH, Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void schedule_killedBroker_hasTimeToStart() {
    List<Fault> kills =
        Fault.schedule(new Dice(4), Set.of(FaultKind.KILL_BROKER), LENGTH, Duration.ofMillis(100));

    int quiet = 0;
    for (int i = 1; i < kills.size(); i++) {
      Duration between = kills.get(i).after().minus(kills.get(i - 1).after());
      assertThat(between.isZero() || between.compareTo(FaultKind.KILL_BROKER.restart()) > 0)
          .isTrue();
      quiet += between.isZero() ? 0 : 1;
    }
    assertThat(quiet).isGreaterThan(kills.size() / 2);
  }
}
