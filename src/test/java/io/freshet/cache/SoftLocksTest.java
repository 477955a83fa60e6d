package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cache.SoftLocks.Ticket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SoftLocksTest {

  private static final Entry ENTRY = new Entry("v", null, 1);

  private final SoftLocks locks = new SoftLocks();

  @Test
  void release_ofTheOnlyHolder_unlocksAndSaysSole() {
    Ticket ticket = locks.acquire("k", 60);

    assertThat(locks.isLocked("k")).isTrue();
    assertThat(locks.isLocked("other")).isFalse();
    assertThat(locks.release(ticket)).isTrue();
    assertThat(locks.isLocked("k")).isFalse();
  }

  @Test
  void release_ofOneOfTwo_keepsTheLock_andNeitherWasSole() {
    Ticket one = locks.acquire("k", 60);
    Ticket other = locks.acquire("k", 60);

    assertThat(locks.release(one)).isFalse();
    assertThat(locks.isLocked("k")).isTrue();
    assertThat(locks.release(other)).isFalse();
    assertThat(locks.isLocked("k")).isFalse();
  }

  @Test
  void release_twice_doesNothingTheSecondTime() {
    Ticket one = locks.acquire("k", 60);
    locks.acquire("k", 60);
    locks.release(one);

    locks.release(one);
    locks.releaseUnchanged(one);

    assertThat(locks.isLocked("k")).isTrue();
  }

  @Test
  void releaseUnchanged_ofTheOnlyHolder_givesTheDisplacedBack() {
    Ticket ticket = locks.acquire("k", 60);
    locks.displace(ticket, ENTRY);

    assertThat(locks.releaseUnchanged(ticket)).isSameAs(ENTRY);
    assertThat(locks.isLocked("k")).isFalse();
  }

  @Test
  void releaseUnchanged_ofAllHolders_theLastGetsTheDisplaced() {
    Ticket one = locks.acquire("k", 60);
    locks.displace(one, ENTRY);
    Ticket other = locks.acquire("k", 60);

    assertThat(locks.releaseUnchanged(one)).isNull();
    assertThat(locks.releaseUnchanged(other)).isSameAs(ENTRY);
  }

  @Test
  void releaseUnchanged_afterAnotherHolderCommitted_givesNothingBack() {
    Ticket one = locks.acquire("k", 60);
    locks.displace(one, ENTRY);
    Ticket other = locks.acquire("k", 60);
    locks.release(other);

    assertThat(locks.releaseUnchanged(one)).isNull();
  }

  @Test
  void displace_onceShared_isIgnored() {
    Ticket one = locks.acquire("k", 60);
    Ticket other = locks.acquire("k", 60);
    locks.displace(one, ENTRY);
    locks.release(other);

    assertThat(locks.releaseUnchanged(one)).isNull();
  }

  @Test
  void removeExpired_afterTheDeadline_takesTheLockAway() {
    Ticket ticket = locks.acquire("k", 60);

    assertThat(locks.hasExpired("k", 60)).isFalse();
    assertThat(locks.removeExpired("k", 60)).isFalse();
    assertThat(locks.hasExpired("k", 61)).isTrue();
    assertThat(locks.removeExpired("k", 61)).isTrue();
    assertThat(locks.isLocked("k")).isFalse();
    assertThat(locks.release(ticket)).as("it counts as shared with whoever came since").isFalse();
  }

  /** A key written again and again would stay locked for ever behind one stranded holder. */
  @Test
  void removeExpired_withALaterHolder_takesOnlyTheStrandedOne() {
    locks.acquire("k", 60);
    Ticket alive = locks.acquire("k", 100);

    assertThat(locks.removeExpired("k", 61)).isTrue();
    assertThat(locks.isLocked("k")).isTrue();
    assertThat(locks.release(alive)).isFalse();
    assertThat(locks.isLocked("k")).isFalse();
  }

  @Test
  void removeExpired_dropsTheDisplaced_becauseTheStrandedMayHaveCommitted() {
    Ticket stranded = locks.acquire("k", 60);
    locks.displace(stranded, ENTRY);
    Ticket alive = locks.acquire("k", 100);
    locks.removeExpired("k", 61);

    assertThat(locks.releaseUnchanged(alive)).isNull();
  }

  /** A model: the lock stands exactly as long as somebody holds it. */
  @RepeatedTest(50)
  void anyOrderOfOperations_agreesWithTheModel(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<Ticket> holding = new ArrayList<>();
    boolean committed = false;
    for (int step = 0; step < 200; step++) {
      if (holding.isEmpty()) {
        assertThat(locks.isLocked("k")).as("step %d", step).isFalse();
        Ticket first = locks.acquire("k", 1_000);
        locks.displace(first, ENTRY);
        holding.add(first);
        committed = false;
      } else if (random.nextInt(3) == 0) {
        holding.add(locks.acquire("k", 1_000));
      } else {
        Ticket ticket = holding.remove(random.nextInt(holding.size()));
        if (random.nextBoolean()) {
          committed = true;
          locks.release(ticket);
        } else {
          boolean restored = locks.releaseUnchanged(ticket) != null;
          assertThat(restored).as("step %d", step).isEqualTo(holding.isEmpty() && !committed);
        }
      }
    }
  }
}
