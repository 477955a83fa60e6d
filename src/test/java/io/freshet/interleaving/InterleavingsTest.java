package io.freshet.interleaving;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lincheck runs the operations of a subject on several threads, decides at each of their steps
 * which thread takes the next, and tries one order after the other. Every operation judges its
 * result by the model in {@link Row}. Where a step is left out, it must find out.
 */
class InterleavingsTest {

  private static final Search BRIEF = new Search(4, 80);
  private static final Search THOROUGH = new Search(16, 100);
  private static final Search ONE_SCENE = new Search(0, 1_000);

  private static final String LATE_LOAD = "/ load:1 | invalidate | get:0 / get:1";
  private static final String LATER_TICK = "/ load:1 | invalidate get:2 / get:1";
  private static final String LATE_WRITE = "/ write:2 | invalidate | get:0 / get:1";
  private static final String LONG_BARRIER =
      "commit:2 barrier:3 load / barrier:14 | commit:0 / get";
  private static final String UNTOLD =
      "reset commit:2 / load | commit:0 barrier:1 / barrier:12 barrier:0 get";
  private static final String ECHO = "/ flush | tell / load commitElsewhere tell get";
  private static final String TABLE = "/ flush | tellTable / load commitElsewhere tell get";
  private static final String ANSWER = "commit ask / answer | hear / hear";

  @Test
  void region_whateverHappensToItsRow_servesNothingOlderThanApplied() {
    THOROUGH.check(
        RegionSubject.class,
        "/ load:1 | commitElsewhere | get:0 / get:1",
        "load:2 / flush:1 | load:1 | flushAndEvict / get:1");
  }

  @Test
  void region_whoseWritersAreCutOff_servesNothingOlderThanCommitted() {
    BRIEF.check(ExpirySubject.class, "load / lockAndVanish | load | get / load get");
  }

  @Test
  void gate_whateverTheFeedDoes_letsNothingThroughThatIsOlderThanTheLease() {
    BRIEF.check(
        FeedSubject.class,
        LONG_BARRIER,
        UNTOLD,
        "commit:2 barrier:3 load / get | commit:14 barrier:0 / get");
  }

  @Test
  void guard_whateverIsInvalidated_admitsNothingOlder() {
    BRIEF.check(GuardSubject.class, LATE_LOAD, LATE_WRITE);
  }

  @Test
  void softLocks_heldTogether_takeNobodyForAlone() {
    BRIEF.check(SoftLocksSubject.class);
  }

  @Test
  void echoes_ofFlushesAmongOthersCommits_keepNothingOlderThanTold() {
    BRIEF.check(EchoSubject.class, ECHO, TABLE);
  }

  @Test
  void follower_askedFromAnyThread_provesNothingThatItHasNotHeard() {
    BRIEF.check(FollowerSubject.class, ANSWER);
  }

  static Stream<Arguments> withAStepLeftOut() {
    return Stream.of(
        Arguments.of(GuardSubject.Unstamped.class, LATE_LOAD),
        Arguments.of(GuardSubject.LookingOnce.class, LATE_LOAD),
        Arguments.of(GuardSubject.Trusting.class, LATE_LOAD),
        Arguments.of(GuardSubject.DatedLate.class, LATER_TICK),
        Arguments.of(GuardSubject.Claimless.class, LATE_WRITE),
        Arguments.of(FeedSubject.CountingFromArrival.class, LONG_BARRIER),
        Arguments.of(FeedSubject.Forgiving.class, UNTOLD),
        Arguments.of(EchoSubject.ExpectingLate.class, ECHO),
        Arguments.of(EchoSubject.Expectant.class, TABLE),
        Arguments.of(FollowerSubject.AnsweringFirst.class, ANSWER));
  }

  @ParameterizedTest
  @MethodSource("withAStepLeftOut")
  void subject_withAStepLeftOut_isFoundOut(Class<?> subject, String scene) {
    assertThatThrownBy(() -> ONE_SCENE.check(subject, scene))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("Invalid execution results");
  }
}
