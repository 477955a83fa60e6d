package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FenceTest {

  private final Fence fence = new Fence();

  @Test
  void raise_twice_standsUntilBothLower() {
    Runnable one = fence.raise(60);
    Runnable other = fence.raise(60);

    one.run();
    assertThat(fence.isRaised()).isTrue();
    other.run();
    assertThat(fence.isRaised()).isFalse();
  }

  @Test
  void lower_twice_takesNothingFromAnother() {
    Runnable one = fence.raise(60);
    fence.raise(60);

    one.run();
    one.run();

    assertThat(fence.isRaised()).isTrue();
  }

  @Test
  void removeExpired_takesOnlyWhatIsPastItsDeadline() {
    fence.raise(60);
    Runnable alive = fence.raise(100);

    assertThat(fence.hasExpired(60)).isFalse();
    assertThat(fence.hasExpired(61)).isTrue();
    assertThat(fence.removeExpired(61)).isTrue();
    assertThat(fence.isRaised()).isTrue();
    assertThat(fence.hasExpired(61)).isFalse();
    alive.run();
    assertThat(fence.isRaised()).isFalse();
  }

  /** A commit that ends after all must not lower the fence of one that is still under way. */
  @Test
  void lower_afterExpiry_leavesALaterFenceStanding() {
    Runnable late = fence.raise(60);
    fence.removeExpired(61);
    fence.raise(200);

    late.run();

    assertThat(fence.isRaised()).isTrue();
  }
}
