package io.freshet.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.change.ChangeFeed.Listener;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.fanout.Content.Notes;
import io.freshet.fanout.Description.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Messages by hand, and a clock by hand: what the node concludes. */
class FollowerTest {

  private static final String NODE = "me";
  private static final StreamId RELAY = new StreamId("relay", 100);
  private static final StreamId NEXT = new StreamId("other", 200);
  private static final Duration SILENCE = Duration.ofSeconds(2);
  private static final Duration DEATH = Duration.ofSeconds(20);

  private final List<String> told = new ArrayList<>();
  private final List<Long> barriers = new ArrayList<>();
  private long nowNanos = 1_000;
  private Optional<String> refusal = Optional.empty();
  private boolean failing;
  private final Follower follower =
      new Follower(
          NODE,
          new Follower.Patience(SILENCE, DEATH),
          relay -> refusal,
          new Told(),
          () -> nowNanos);

  private final class Told implements Listener {
    @Override
    public void reset(String reason) {
      told.add("reset");
    }

    @Override
    public void changes(ChangeSet changes) {
      if (failing) {
        throw new IllegalStateException("a listener that fails");
      }
      changes
          .changes()
          .forEach(change -> told.add("changed " + ((TableChange) change).table().name()));
    }

    @Override
    public void barrier(long sentNanos) {
      barriers.add(sentNanos);
    }

    @Override
    public void interrupted(String reason) {
      told.add("interrupted: " + reason);
    }
  }

  private static Description relay(String signature, LogPosition from) {
    return new Description(Kind.WAL, "db", Optional.ofNullable(from), signature, List.of());
  }

  private static LogPosition at(long offset) {
    return new LogPosition("log", offset);
  }

  private static final Description PUBLISHER =
      new Description(Kind.NODE, "", Optional.empty(), "", List.of());

  private static Content described(Description description) {
    return content(Optional.of(description), Notes.NONE, ChangeSet.EMPTY, Map.of());
  }

  private static Content changed(String table) {
    return content(
        Optional.empty(),
        Notes.NONE,
        new ChangeSet(List.of(TableChange.anything(TableName.of(table)))),
        Map.of());
  }

  private static Content answered(long number) {
    return content(Optional.empty(), Notes.NONE, ChangeSet.EMPTY, Map.of(NODE, number));
  }

  private static Content told(LogPosition position) {
    return content(
        Optional.empty(),
        new Notes(Optional.empty(), Optional.empty(), Optional.of(position), false),
        ChangeSet.EMPTY,
        Map.of());
  }

  private static final Content GOODBYE =
      content(
          Optional.empty(),
          new Notes(Optional.empty(), Optional.empty(), Optional.empty(), true),
          ChangeSet.EMPTY,
          Map.of());

  private static Content content(
      Optional<Description> description,
      Notes notes,
      ChangeSet changes,
      Map<String, Long> answers) {
    return new Content(description, notes, changes, answers, Map.of());
  }

  private void hear(StreamId stream, long sequence, Content content) {
    follower.received(new StreamMessage(stream, sequence, content));
  }

  private void pass(Duration time) {
    nowNanos += time.toNanos();
  }

  /** The relay's stream is followed from its first message, and a request is answered. */
  private void followRelay() {
    follower.connected();
    hear(RELAY, 1, described(relay("sig", null)));
    hear(RELAY, 2, answered(follower.asking()));
  }

  @Test
  void relay_heardInTheMiddle_resetsBeforeAnythingOfItCounts() {
    follower.connected();
    hear(RELAY, 7, changed("missed"));
    assertThat(follower.wantsDescriptions()).isTrue();

    hear(RELAY, 8, described(relay("sig", null)));
    hear(RELAY, 9, changed("product"));

    assertThat(told).containsExactly("reset", "changed product");
    assertThat(follower.wantsDescriptions()).isFalse();
    assertThat(follower.tellsEverything()).isTrue();
  }

  @Test
  void answer_isABarrierOfTheMomentTheRequestWasSent_notOfItsComing() {
    follower.connected();
    hear(RELAY, 1, described(relay("sig", null)));
    long sent = nowNanos;
    long number = follower.asking();
    pass(Duration.ofMillis(300));
    assertThat(barriers).isEmpty();

    hear(RELAY, 2, answered(number));

    assertThat(barriers).containsExactly(sent);
  }

  @Test
  void answerToAnEarlierRequest_provesNothingMore() {
    followRelay();
    long number = follower.asking();
    pass(Duration.ofMillis(1));
    hear(RELAY, 3, answered(number));
    int before = barriers.size();

    hear(RELAY, 4, answered(number));
    hear(RELAY, 5, answered(number - 1));
    hear(RELAY, 6, answered(number + 1_000)); // somebody else's invention

    assertThat(barriers).hasSize(before);
  }

  @Test
  void hole_isAReset_andTheStreamGoesOn() {
    followRelay();
    told.clear();

    hear(RELAY, 4, changed("product"));
    hear(RELAY, 5, changed("stock"));

    assertThat(told).containsExactly("reset", "changed product", "changed stock");
  }

  @Test
  void messageThatCouldNotBeApplied_isAHole() {
    followRelay();
    failing = true;
    assertThatThrownBy(() -> hear(RELAY, 3, changed("product")))
        .isInstanceOf(IllegalStateException.class);
    failing = false;
    told.clear();

    hear(RELAY, 4, changed("stock"));

    assertThat(told).containsExactly("reset", "changed stock");
  }

  @Test
  void messageSentAgain_isPassedOver() {
    followRelay();
    hear(RELAY, 3, changed("product"));
    told.clear();

    hear(RELAY, 3, changed("product"));
    hear(RELAY, 1, described(relay("sig", null)));

    assertThat(told).isEmpty();
  }

  @Test
  void unreadable_isAReset() {
    followRelay();
    told.clear();

    follower.unreadable("not JSON");

    assertThat(told).containsExactly("reset");
    assertThat(follower.wantsAnswers()).isTrue();
    assertThat(follower.wantsAnswers()).isFalse();
  }

  @Test
  void takeover_thatGoesOnFromWhatIsKnown_resetsNothing() {
    followRelay();
    hear(RELAY, 3, told(at(50)));
    told.clear();

    hear(NEXT, 1, described(relay("sig", at(50))));
    hear(NEXT, 2, changed("product"));

    assertThat(told).containsExactly("changed product");
  }

  @Test
  void takeover_thatGoesOnFromALaterPlace_resets() {
    followRelay();
    hear(RELAY, 3, told(at(49)));
    told.clear();

    hear(NEXT, 1, described(relay("sig", at(50))));

    assertThat(told).containsExactly("reset");
  }

  @Test
  void takeover_withAnotherSignature_orOfAnotherLog_orHeardTooLate_resets() {
    followRelay();
    hear(RELAY, 3, told(at(50)));
    told.clear();
    hear(NEXT, 1, described(relay("another", at(50))));
    assertThat(told).containsExactly("reset");

    hear(NEXT, 2, told(at(60)));
    told.clear();
    hear(
        new StreamId("third", 300),
        1,
        described(relay("another", new LogPosition("promoted", 60))));
    assertThat(told).containsExactly("reset");

    hear(new StreamId("third", 300), 2, told(new LogPosition("promoted", 70)));
    told.clear();
    hear(
        new StreamId("fourth", 400),
        2,
        described(relay("another", new LogPosition("promoted", 70))));
    assertThat(told).containsExactly("reset");
  }

  @Test
  void whatWasKnownBeforeAReset_isKnownAfterIt() {
    followRelay();
    hear(RELAY, 5, told(at(50))); // a hole, and so a reset, but everything up to 50 is visible
    told.clear();

    hear(NEXT, 1, described(relay("sig", at(50))));

    assertThat(told).isEmpty();
  }

  @Test
  void relayBelievedDead_thatWakesUp_isPassedOver() {
    followRelay();
    hear(NEXT, 1, described(relay("sig", null)));
    told.clear();

    hear(RELAY, 3, changed("product"));
    hear(RELAY, 4, described(relay("sig", null)));
    hear(RELAY, 5, answered(follower.asking()));

    assertThat(told).isEmpty();
    assertThat(barriers).hasSize(1); // that of followRelay
  }

  @Test
  void impostorWithAGreatEpoch_isLeftAgain_onceItIsSilent() {
    followRelay();
    hear(new StreamId("impostor", Long.MAX_VALUE), 1, described(relay("sig", null)));
    hear(RELAY, 3, described(relay("sig", null)));
    told.clear();
    pass(SILENCE.plusMillis(1));

    hear(RELAY, 4, described(relay("sig", null)));
    hear(RELAY, 5, answered(follower.asking()));

    assertThat(told).containsExactly("reset");
    assertThat(follower.trouble()).isEmpty();
  }

  @Test
  void relayThatDoesNotTellEnough_isNotFollowed_untilItDoes() {
    refusal = Optional.of("product is not tracked");
    follower.connected();
    hear(RELAY, 1, described(relay("sig", null)));
    hear(RELAY, 2, changed("stock"));
    assertThat(told).containsExactly("interrupted: product is not tracked");
    follower.look();
    assertThat(follower.trouble()).isEqualTo("product is not tracked");
    assertThat(follower.tellsEverything()).isFalse();

    refusal = Optional.empty();
    hear(RELAY, 3, described(relay("sig", null)));
    hear(RELAY, 4, answered(follower.asking()));

    assertThat(told).contains("reset");
    assertThat(follower.trouble()).isEmpty();
  }

  @Test
  void relayThatDoesNotTellEnoughAnyMore_isLeft_andWhatItToldMeanwhileIsMissing() {
    followRelay();
    hear(RELAY, 3, told(at(50)));
    refusal = Optional.of("product is not tracked");
    StreamId lesser = new StreamId("relay", 101);
    hear(lesser, 1, described(relay("lesser", at(50))));
    assertThat(follower.trouble()).isEqualTo("product is not tracked");
    assertThat(follower.tellsEverything()).isFalse();
    pass(SILENCE.plusMillis(1));
    follower.look();
    assertThat(follower.trouble()).isEqualTo("product is not tracked");
    refusal = Optional.empty();
    told.clear();

    hear(new StreamId("relay", 102), 1, described(relay("sig", at(50))));

    assertThat(told).containsExactly("reset");
  }

  @Test
  void anotherRelayThatDoesNotTellEnough_isPassedOver_andTheReasonIfTheFormerFallsSilent() {
    followRelay();
    refusal = Optional.of("product is not tracked");
    hear(NEXT, 1, described(relay("lesser", null)));
    hear(RELAY, 3, answered(follower.asking()));
    assertThat(follower.trouble()).isEmpty();
    assertThat(follower.tellsEverything()).isTrue();

    pass(SILENCE.plusMillis(1));
    follower.look();

    assertThat(follower.trouble()).isEqualTo("product is not tracked");
  }

  @Test
  void descriptions_areAskedForAfterAReconnect_untilOneHasCome() {
    followRelay();
    assertThat(follower.wantsDescriptions()).isFalse();
    follower.connected();
    assertThat(follower.wantsDescriptions()).isTrue();

    hear(RELAY, 3, described(relay("sig", null)));

    assertThat(follower.wantsDescriptions()).isFalse();
  }

  @Test
  void relayThatWaits_saysWhy() {
    followRelay();
    hear(
        RELAY,
        3,
        content(
            Optional.empty(),
            new Notes(Optional.empty(), Optional.of("no PostgreSQL"), Optional.empty(), false),
            ChangeSet.EMPTY,
            Map.of()));
    assertThat(follower.trouble()).isEqualTo("relay says: no PostgreSQL");

    hear(RELAY, 4, answered(follower.asking()));
    assertThat(follower.trouble()).isEmpty();
  }

  @Test
  void silentRelay_provesNothing_andIsNamed() {
    followRelay();
    int before = barriers.size();
    pass(SILENCE.plusMillis(1));
    follower.look();

    assertThat(barriers).hasSize(before);
    assertThat(follower.trouble()).isEqualTo("relay does not answer any more");
  }

  @Test
  void publisher_heardFromItsFirstMessage_resetsNothingButTheFirstTime() {
    followRelay();
    told.clear();

    hear(new StreamId("shop", 1), 1, described(PUBLISHER));
    hear(new StreamId("shop", 1), 2, changed("product"));

    assertThat(told).containsExactly("changed product");
  }

  @Test
  void publisher_heardLater_resets() {
    followRelay();
    told.clear();

    hear(new StreamId("shop", 1), 5, described(PUBLISHER));

    assertThat(told).containsExactly("reset");
  }

  @Test
  void barrier_isTheEarliestOfAllWhoAreFollowed() {
    followRelay();
    hear(new StreamId("shop", 1), 1, described(PUBLISHER));
    pass(Duration.ofMillis(1));
    long earlier = nowNanos;
    long first = follower.asking();
    pass(Duration.ofMillis(10));
    long second = follower.asking();
    barriers.clear();

    hear(RELAY, 3, answered(second));
    assertThat(barriers).isEmpty(); // the other has not answered anything
    hear(new StreamId("shop", 1), 2, answered(first));

    assertThat(barriers).containsExactly(earlier);
  }

  @Test
  void publishersAlone_areGivenTimeToBeHeard() {
    follower.connected();
    hear(new StreamId(NODE, 1), 1, described(PUBLISHER));
    hear(new StreamId(NODE, 1), 2, answered(follower.asking()));
    assertThat(barriers).isEmpty();
    pass(SILENCE.plusMillis(1));

    hear(new StreamId(NODE, 1), 3, answered(follower.asking()));

    assertThat(barriers).hasSize(1);
    assertThat(follower.tellsEverything()).isFalse();
  }

  @Test
  void ownChanges_areNotToldAgain() {
    follower.connected();
    hear(new StreamId(NODE, 1), 1, described(PUBLISHER));
    told.clear();

    hear(new StreamId(NODE, 1), 2, changed("product"));

    assertThat(told).isEmpty();
  }

  @Test
  void publisherThatSaysGoodbye_isMissedByNobody_andADeadOneIsAReset() {
    followRelay();
    hear(new StreamId("shop", 1), 1, described(PUBLISHER));
    hear(new StreamId("cart", 1), 1, described(PUBLISHER));
    hear(new StreamId("shop", 1), 2, GOODBYE);
    told.clear();
    pass(DEATH.plusSeconds(1));

    follower.look();

    assertThat(told).containsExactly("reset"); // for cart only
    hear(RELAY, 3, answered(follower.asking()));
    assertThat(follower.trouble()).isEmpty();
  }
}
