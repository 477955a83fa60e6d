package io.freshet.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private static Backoff of(double random) {
    return new Backoff(Duration.ofNanos(100), Duration.ofNanos(350), () -> random);
  }

  @Test
  void next_eachTime_doublesUpToTheLimit() {
    Backoff backoff = of(0);

    assertThat(backoff.nextNanos()).isEqualTo(50);
    assertThat(backoff.nextNanos()).isEqualTo(100);
    assertThat(backoff.nextNanos()).isEqualTo(175);
    assertThat(backoff.nextNanos()).isEqualTo(175);
  }

  @Test
  void next_spreadsOverHalfOfTheStep() {
    assertThat(of(0.5).nextNanos()).isEqualTo(75);
    assertThat(of(0.999_999).nextNanos()).isBetween(98L, 100L);
  }

  @Test
  void reset_beginsAnew() {
    Backoff backoff = of(0);
    backoff.nextNanos();
    backoff.nextNanos();
    backoff.reset();

    assertThat(backoff.nextNanos()).isEqualTo(50);
  }
}
