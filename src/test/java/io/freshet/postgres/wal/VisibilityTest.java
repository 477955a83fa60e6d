package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class VisibilityTest {

  private static final ChangeSet CHANGES =
      new ChangeSet(List.of(TableChange.anything(TableName.of("t"))));

  private final Visibility visibility = new Visibility(0);

  @Test
  void release_commitNobodyCanSee_isHeldUntilSomebodyCan() {
    WalEvent commit = committed(10);
    visibility.add(commit);

    assertThat(release("10:12:10")).isEmpty();
    assertThat(release("10:10:")).isEmpty();
    assertThat(visibility.size()).isEqualTo(1);
    assertThat(release("11:12:11")).containsExactly(commit);
    assertThat(visibility.size()).isZero();
    assertThat(release("12:12:")).isEmpty();
  }

  @Test
  void release_twoTransactionsOutOfOrder_theInvisibleHoldsUpNoOther() {
    WalEvent first = committed(10);
    WalEvent second = committed(11);
    visibility.add(first);
    visibility.add(second);

    assertThat(release("10:12:10")).containsExactly(second);
    assertThat(release("12:12:")).containsExactly(first);
  }

  @Test
  void release_severalVisible_areInTheOrderOfArrival() {
    WalEvent late = committed(15);
    WalEvent early = committed(12);
    WalEvent announced = new WalEvent.Announced(CHANGES);
    WalEvent barrier = new WalEvent.Barrier("b");
    List.of(late, announced, barrier, early).forEach(visibility::add);

    assertThat(release("16:16:")).containsExactly(late, announced, barrier, early);
  }

  @Test
  void release_barrierBehindAnInvisibleCommit_passes() {
    WalEvent invisible = committed(10);
    WalEvent visible = committed(11);
    WalEvent barrier = new WalEvent.Barrier("b");
    List.of(invisible, visible, barrier).forEach(visibility::add);

    assertThat(release("10:12:10")).containsExactly(visible, barrier);
    assertThat(visibility.size()).isEqualTo(1);
  }

  @Test
  void release_barrierThatCameAfterTheMark_waitsForTheNextSnapshot() {
    long mark = visibility.mark();
    WalEvent visible = committed(10);
    WalEvent barrier = new WalEvent.Barrier("b");
    visibility.add(visible);
    visibility.add(barrier);

    // the snapshot was asked for before the barrier came: it says nothing about what ended since
    assertThat(visibility.release(PgSnapshot.parse("11:11:"), mark)).containsExactly(visible);
    assertThat(release("11:11:")).containsExactly(barrier);
  }

  @Test
  void release_barrierBeforeTheFence_waitsUntilAllOfTheHoleHasEnded() {
    Visibility fenced = new Visibility(20);
    WalEvent change = committed(21);
    WalEvent barrier = new WalEvent.Barrier("b");
    fenced.add(change);
    fenced.add(barrier);

    assertThat(fenced.release(PgSnapshot.parse("18:22:18"), fenced.mark())).containsExactly(change);
    assertThat(fenced.isSettled()).isFalse();
    assertThat(fenced.release(PgSnapshot.parse("20:22:20"), fenced.mark()))
        .containsExactly(barrier);
    assertThat(fenced.isSettled()).isTrue();
  }

  private List<WalEvent> release(String snapshot) {
    return visibility.release(PgSnapshot.parse(snapshot), visibility.mark());
  }

  private static WalEvent committed(int xid) {
    return new WalEvent.Committed(xid, CHANGES);
  }
}
