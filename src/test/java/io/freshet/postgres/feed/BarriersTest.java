package io.freshet.postgres.feed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BarriersTest {

  private final Barriers barriers = new Barriers();

  @Test
  void returned_tellsWhenItWasSent_once() {
    long nonce = barriers.register(10);

    assertThat(barriers.returned(nonce)).hasValue(10);
    assertThat(barriers.returned(nonce)).isEmpty();
    assertThat(barriers.oldestNanos()).isEmpty();
  }

  @Test
  void returned_forgetsEarlierOnes() {
    barriers.register(10);
    long second = barriers.register(20);
    barriers.register(30);

    assertThat(barriers.returned(second)).hasValue(20);
    assertThat(barriers.oldestNanos()).contains(30L);
  }

  @Test
  void returned_unknownNonce_isNone() {
    barriers.register(10);

    assertThat(barriers.returned(99)).isEmpty();
  }
}
