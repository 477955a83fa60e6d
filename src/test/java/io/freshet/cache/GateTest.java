package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GateTest {

  private final AtomicLong now = new AtomicLong(1_000);
  private final Gate gate = new Gate(now::get);

  @Test
  void gate_neverClosed_needsNoLease() {
    now.set(Long.MAX_VALUE - 1);

    assertThat(gate.isOpen()).isTrue();
    assertThat(gate.holds(gate.lease())).isTrue();
  }

  @Test
  void gate_closed_turnsReadersAwayAndCountsThem() {
    gate.close();

    assertThat(gate.isOpen()).isFalse();
    assertThat(gate.holds(gate.lease())).isFalse();
    assertThat(gate.bypassed()).isEqualTo(1);
  }

  @Test
  void lease_runsOutByItself() {
    gate.close();
    gate.openUntil(2_000);

    now.set(1_999);
    assertThat(gate.isOpen()).isTrue();
    now.set(2_000);
    assertThat(gate.isOpen()).isFalse();
  }

  @Test
  void lease_notedBeforeTheStoreWasRead_decides() {
    gate.close();
    gate.openUntil(2_000);
    long noted = gate.lease();

    // the process was stopped between reading the store and answering, and a new lease came first
    now.set(2_500);
    gate.openUntil(3_000);

    assertThat(gate.isOpen()).isTrue();
    assertThat(gate.holds(noted)).isFalse();
  }

  @Test
  void olderBarrier_doesNotShortenTheLease() {
    gate.close();
    gate.openUntil(3_000);
    gate.openUntil(2_000);

    now.set(2_500);
    assertThat(gate.isOpen()).isTrue();
  }
}
