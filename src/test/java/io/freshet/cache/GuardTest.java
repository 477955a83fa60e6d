package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class GuardTest {

  private final Guard guard = new Guard();

  @Test
  void admits_neverInvalidated_anyTimestamp() {
    assertThat(guard.admits("k", 1)).isTrue();
  }

  @Test
  void stamp_refusesUpToItsTick_andAdmitsLater() {
    guard.stamp("k", 100);

    assertThat(guard.admits("k", 99)).isFalse();
    assertThat(guard.admits("k", 100)).isFalse();
    assertThat(guard.admits("k", 102)).isTrue();
  }

  @Test
  void raiseFloor_refusesEveryKey() {
    guard.raiseFloor(100);

    assertThat(guard.admits("a", 100)).isFalse();
    assertThat(guard.admits("b", 100)).isFalse();
    assertThat(guard.admits("b", 102)).isTrue();
  }

  @Test
  void stamp_ofAnotherSlot_admits() {
    guard.stamp("a", 100);

    assertThat(guard.admits("b", 100)).isTrue();
  }

  /** Two keys of one slot: a refusal without need, never an admission without right. */
  @Test
  void stamp_ofACollidingKey_refusesToo() {
    Random random = new Random(1);
    guard.stamp("k", 100);
    String colliding =
        random
            .longs(1_000_000)
            .mapToObj(Long::toString)
            .filter(key -> !guard.admits(key, 100))
            .findFirst()
            .orElseThrow();

    assertThat(guard.admits(colliding, 102)).isTrue();
  }

  @Property
  void stamps_inAnyOrder_neverAdmitWhatOneOfThemRefuses(
      @ForAll @LongRange(min = 1, max = 1_000) long one,
      @ForAll @LongRange(min = 1, max = 1_000) long other,
      @ForAll @LongRange(min = 1, max = 1_000) long timestamp) {
    Guard fresh = new Guard();
    fresh.stamp("k", one);
    fresh.stamp("k", other);

    if (timestamp <= Math.max(one, other)) {
      assertThat(fresh.admits("k", timestamp)).isFalse();
    }
  }

  @Test
  void claim_undisturbed_admitsWhatWasWrittenAndNothingOlder() {
    Guard.Claim claim = Objects.requireNonNull(guard.claim("k", 50, 100));

    assertThat(guard.isUntouchedSince(claim)).isTrue();
    assertThat(guard.admits("k", claim.admitted())).isTrue();
    assertThat(guard.admits("k", 100)).isFalse();
  }

  @Test
  void claim_afterAnInvalidationSinceTheTransactionBegan_isRefused() {
    guard.stamp("k", 60);
    assertThat(guard.claim("k", 50, 100)).isNull();

    Guard cleared = new Guard();
    cleared.raiseFloor(60);
    assertThat(cleared.claim("k", 50, 100)).isNull();
  }

  @Test
  void claim_whileTheStampRunsAheadOfTheClock_isRefused() {
    guard.stamp("k", 100);
    assertThat(guard.claim("k", 102, 101)).isNull();
  }

  @Test
  void invalidation_inTheTickOfAClaim_overtakesIt() {
    Guard.Claim claim = Objects.requireNonNull(guard.claim("k", 50, 100));
    guard.stamp("k", 100);
    assertThat(guard.isUntouchedSince(claim)).isFalse();
    assertThat(guard.admits("k", claim.admitted())).isFalse();

    Guard other = new Guard();
    Guard.Claim overtaken = Objects.requireNonNull(other.claim("k", 50, 100));
    other.raiseFloor(100);
    assertThat(other.isUntouchedSince(overtaken)).isFalse();
    assertThat(other.admits("k", overtaken.admitted())).isFalse();
  }
}
