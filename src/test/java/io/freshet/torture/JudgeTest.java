package io.freshet.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.torture.Finding.Members;
import io.freshet.torture.Finding.Row;
import io.freshet.torture.Finding.Rows;
import io.freshet.torture.Finding.Unresolved;
import io.freshet.torture.Read.Kind;
import io.freshet.torture.Read.Source;
import io.freshet.torture.Violation.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Histories written by hand, in milliseconds, with a bound of 100 ms. */
class JudgeTest {

  private static final int NODE = 0;
  private static final int OUTSIDER = -1;
  private static final long MS = 1_000_000;

  private final History.Builder history = new History.Builder();
  private long sequence;

  /** Row r of table t gets a state; the commit began and had returned at these moments. */
  private void write(int by, String transaction, String key, String state, long from, long to) {
    history.version(++sequence, transaction, new Row("t", key, state));
    history.commit(transaction, by, from * MS, to * MS);
  }

  private void outside(String transaction, String key, String state, long from, long to) {
    write(OUTSIDER, transaction, key, state, from, to);
  }

  private static Read read(Source source, boolean snapshot, long[] times, Finding finding) {
    return new Read(
        NODE,
        times[0] * MS,
        times[1] * MS,
        times[2] * MS,
        new Kind(source, snapshot, "test"),
        finding);
  }

  private static Read hit(long begin, long end, Finding finding) {
    return read(Source.HIT, false, new long[] {begin, end, begin}, finding);
  }

  private static Finding row(String state) {
    return Rows.of("t", "r", state);
  }

  private Judge judge() {
    return new Judge(history.build(), Set.of("emptied"), Duration.ofMillis(100));
  }

  private Optional<Rule> judge(Read read) {
    return judge().check(read).map(Violation::rule);
  }

  private void twoVersions() {
    outside("x1", "r", "a|1", 0, 1);
    outside("x2", "r", "b|2", 1000, 1010);
  }

  @Test
  void current_isGood() {
    twoVersions();

    assertThat(judge(hit(1050, 1051, row("b|2")))).isEmpty();
    assertThat(judge(hit(500, 501, row("a|1")))).isEmpty();
  }

  @Test
  void oldWithinBound_isGood_beyondIsStale() {
    twoVersions();

    assertThat(judge(hit(1109, 1110, row("a|1")))).isEmpty();
    assertThat(judge(hit(1111, 1112, row("a|1")))).contains(Rule.STALE);
  }

  @Test
  void oldBySource_databaseMayNotBeStaleAtAll() {
    twoVersions();

    Read miss = read(Source.MISS, false, new long[] {1020, 1021, 900}, row("a|1"));
    Read mixed = read(Source.MIXED, false, new long[] {1020, 1021, 900}, row("a|1"));

    assertThat(judge(miss)).contains(Rule.STALE);
    assertThat(judge(mixed)).isEmpty();
  }

  @Test
  void snapshot_databaseMayAnswerAsOfItsBegin_cacheMayNot() {
    twoVersions();

    Read miss = read(Source.MISS, true, new long[] {5000, 5001, 1005}, row("a|1"));
    Read late = read(Source.MISS, true, new long[] {5000, 5001, 1011}, row("a|1"));
    Read hit = read(Source.HIT, true, new long[] {5000, 5001, 1005}, row("a|1"));

    assertThat(judge(miss)).isEmpty();
    assertThat(judge(late)).contains(Rule.STALE);
    assertThat(judge(hit)).contains(Rule.STALE);
  }

  @Test
  void ownCommitThatHadReturned_isApplied() {
    outside("x1", "r", "a|1", 0, 1);
    write(NODE, "x2", "r", "b|2", 1000, 1010);

    assertThat(judge(hit(1009, 1012, row("a|1")))).isEmpty();
    assertThat(judge(hit(1011, 1012, row("a|1")))).contains(Rule.APPLIED);
    assertThat(judge(hit(1011, 1012, row("b|2")))).isEmpty();
  }

  @Test
  void otherNodesCommit_isNotApplied() {
    outside("x1", "r", "a|1", 0, 1);
    write(NODE + 1, "x2", "r", "b|2", 1000, 1010);

    assertThat(judge(hit(1011, 1012, row("a|1")))).isEmpty();
  }

  @Test
  void barrierThatHadReturned_applies_whatEndedBeforeItBegan() {
    twoVersions();
    history.barrier(NODE, 1011 * MS, 1020 * MS);
    history.barrier(NODE + 1, 1011 * MS, 1013 * MS);

    assertThat(judge(hit(1019, 1021, row("a|1")))).isEmpty();
    assertThat(judge(hit(1021, 1022, row("a|1")))).contains(Rule.APPLIED);
  }

  @Test
  void barrierThatBeganWithinTheCommit_doubtCountsForTheNode() {
    twoVersions();
    history.barrier(NODE, 1005 * MS, 1020 * MS);

    assertThat(judge(hit(1021, 1022, row("a|1")))).isEmpty();
  }

  @Test
  void neverWritten_isUncommitted() {
    twoVersions();

    assertThat(judge(hit(500, 501, row("z|9")))).contains(Rule.UNCOMMITTED);
  }

  @Test
  void readBeforeTheCommitBegan_isUncommitted() {
    twoVersions();

    assertThat(judge(hit(990, 999, row("b|2")))).contains(Rule.UNCOMMITTED);
    assertThat(judge(hit(990, 1000, row("b|2")))).isEmpty();
  }

  @Test
  void overwrittenInTheSameTransaction_isUncommitted() {
    outside("x1", "r", "a|1", 0, 1);
    outside("x1", "r", "b|2", 0, 1);

    assertThat(judge(hit(500, 501, row("a|1")))).contains(Rule.UNCOMMITTED);
  }

  @Test
  void absent_beforeInsertAndAfterDelete() {
    outside("x1", "r", "a|1", 1000, 1001);
    outside("x2", "r", null, 2000, 2001);

    assertThat(judge(hit(500, 501, row(null)))).isEmpty();
    assertThat(judge(hit(1500, 1501, row(null)))).contains(Rule.STALE);
    assertThat(judge(hit(2500, 2501, row(null)))).isEmpty();
    assertThat(judge(hit(2500, 2501, row("a|1")))).contains(Rule.STALE);
  }

  @Test
  void failedCommit_isJudgedByWhatTheObserverSaw() {
    outside("x1", "r", "a|1", 0, 1);
    history.version(++sequence, "x2", new Row("t", "r", "b|2"));
    history.commit("x2", NODE, 1000 * MS, Long.MAX_VALUE);
    history.observed("x2", new Span(990 * MS, 3000 * MS));

    assertThat(judge(hit(2500, 2501, row("a|1")))).isEmpty();
    assertThat(judge(hit(2500, 2501, row("b|2")))).isEmpty();
    assertThat(judge(hit(995, 999, row("b|2")))).contains(Rule.UNCOMMITTED);
    assertThat(judge(hit(3101, 3102, row("a|1")))).contains(Rule.STALE);
  }

  @Test
  void commitThatNobodyTimed_isNeverHeldAgainstTheNode() {
    outside("x1", "r", "a|1", 0, 1);
    history.version(++sequence, "x2", new Row("t", "r", "b|2"));

    assertThat(judge(hit(9000, 9001, row("a|1")))).isEmpty();
    assertThat(judge(hit(10, 11, row("b|2")))).isEmpty();
  }

  @Test
  void observerAndWriter_theTighterBoundOfEachCounts() {
    outside("x1", "r", "a|1", 0, 1);
    outside("x2", "r", "b|2", 1000, 1500);
    history.observed("x2", new Span(1100 * MS, 1200 * MS));

    assertThat(judge(hit(1300, 1301, row("a|1")))).isEmpty();
    assertThat(judge(hit(1301, 1302, row("a|1")))).contains(Rule.STALE);
    assertThat(judge(hit(1050, 1099, row("b|2")))).contains(Rule.UNCOMMITTED);
  }

  @Test
  void laterVersionSeen_earlierOneWasOverByThen() {
    twoVersions();
    history.version(++sequence, "x3", new Row("t", "r", "c|3"));
    history.commit("x3", OUTSIDER, 1005 * MS, 1006 * MS);

    assertThat(judge(hit(1107, 1108, row("a|1")))).contains(Rule.STALE);
  }

  @Test
  void rowsOfOneEntry_mustHaveBeenTrueTogether() {
    outside("x0", "r", "a|1", 0, 1);
    outside("x1", "s", "a|1", 0, 1);
    outside("x2", "r", "b|2", 1000, 1001);
    outside("x3", "s", "b|2", 1050, 1051);

    Row oldOne = new Row("t", "r", "a|1");
    Row newOne = new Row("t", "s", "b|2");
    Row newFirst = new Row("t", "r", "b|2");
    Row oldSecond = new Row("t", "s", "a|1");

    assertThat(judge(hit(1060, 1061, new Rows(List.of(oldOne, newOne))))).contains(Rule.TORN);
    assertThat(judge(hit(1060, 1061, new Rows(List.of(newFirst, oldSecond))))).isEmpty();
    assertThat(judge(hit(1060, 1061, new Rows(List.of(newFirst, newOne))))).isEmpty();
  }

  @Test
  void members_missingOrAlien_isStale() {
    outside("x1", "1", "g|1", 0, 1);
    outside("x2", "2", "g|2", 1000, 1001);
    outside("x3", "3", "h|3", 0, 1);

    assertThat(judge(hit(2000, 2001, members("1", "2")))).isEmpty();
    assertThat(judge(hit(2000, 2001, members("1")))).contains(Rule.STALE);
    assertThat(judge(hit(1100, 1101, members("1")))).isEmpty();
    assertThat(judge(hit(2000, 2001, members("1", "2", "3")))).contains(Rule.UNCOMMITTED);
    assertThat(judge(hit(2000, 2001, members("1", "2", "4")))).contains(Rule.UNCOMMITTED);
  }

  @Test
  void members_moveOfTwoRowsSeenByHalf_isTorn() {
    outside("x1", "1", "g|1", 0, 1);
    outside("x1", "2", "h|1", 0, 1);
    outside("x2", "1", "h|2", 1000, 1001);
    outside("x3", "2", "g|2", 1020, 1021);

    assertThat(judge(hit(1030, 1031, members()))).isEmpty();
    assertThat(judge(hit(1030, 1031, members("1")))).isEmpty();
    assertThat(judge(hit(1030, 1031, members("2")))).isEmpty();
    assertThat(judge(hit(1030, 1031, members("1", "2")))).contains(Rule.TORN);
  }

  @Test
  void members_ownCommit_isApplied() {
    outside("x1", "1", "g|1", 0, 1);
    write(NODE, "x2", "2", "g|2", 1000, 1001);

    assertThat(judge(hit(1002, 1003, members("1")))).contains(Rule.APPLIED);
  }

  /** A collection is not evicted by what changes none of its members. */
  @Test
  void members_ownCommitThatChangesNoMember_isNotApplied() {
    outside("x1", "1", "g|1", 0, 1);
    outside("x2", "2", "h|2", 0, 1);
    outside("x3", "3", "g|3", 1000, 1001);
    write(NODE, "x4", "1", "g|4", 1010, 1011);
    write(NODE, "x5", "2", "k|5", 1010, 1011);

    assertThat(judge(hit(1050, 1051, members("1")))).isEmpty();
    assertThat(judge(hit(1150, 1151, members("1")))).contains(Rule.STALE);

    write(NODE, "x6", "2", "g|6", 1020, 1021);
    write(NODE, "x7", "2", "g|7", 1030, 1031);
    assertThat(judge(hit(1050, 1051, members("1")))).contains(Rule.APPLIED);
    assertThat(judge(hit(1050, 1051, members("1", "2")))).contains(Rule.TORN);
    assertThat(judge(hit(1050, 1051, members("1", "2", "3")))).isEmpty();
  }

  @Test
  void snapshot_findsATruncatedTableEmpty_cacheRepeatsThatForABoundOnly() {
    history.version(++sequence, "x1", new Row("emptied", "r", "a|1"));
    history.commit("x1", OUTSIDER, 0, MS);
    history.version(++sequence, "x2", new Row("emptied", "r", null));
    history.version(++sequence, "x2", new Row("emptied", "r", "a|2"));
    history.commit("x2", OUTSIDER, 1000 * MS, 1001 * MS);
    Finding nothing = Rows.of("emptied", "r", null);
    long[] times = {1100, 1101, 900};

    assertThat(judge(read(Source.MISS, true, times, nothing))).isEmpty();
    assertThat(judge(read(Source.MISS, false, times, nothing))).isPresent();
    assertThat(judge(hit(1050, 1051, nothing))).isEmpty();
    assertThat(judge(hit(1500, 1501, nothing))).isPresent();
  }

  @Test
  void unresolved_whileSomebodyHadIt_isStale() {
    outside("x1", "1", "g|1", 1000, 1001);
    outside("x2", "1", null, 3000, 3001);
    Finding nothing = new Unresolved("t", 0, "g");

    assertThat(judge(hit(500, 501, nothing))).isEmpty();
    assertThat(judge(hit(2000, 2001, nothing))).contains(Rule.STALE);
    assertThat(judge(hit(3000, 3002, nothing))).isEmpty();
  }

  @Test
  void unresolved_movedToAnother_isGoodOnlyIfTheFirstIsGone() {
    outside("x1", "1", "g|1", 0, 1);
    outside("x2", "1", null, 1000, 1001);
    outside("x2", "2", "g|2", 1000, 1001);
    Finding nothing = new Unresolved("t", 0, "g");

    assertThat(judge(hit(1050, 1051, nothing))).isEmpty();
    assertThat(judge(hit(1200, 1201, nothing))).contains(Rule.STALE);
  }

  @Test
  void staleness_isWhatIsSure() {
    twoVersions();
    Judge judge = judge();

    assertThat(judge.staleness(hit(1060, 1061, row("a|1")))).hasValue(50 * MS);
    assertThat(judge.staleness(hit(1060, 1061, row("b|2")))).hasValue(0);
  }

  @Test
  void violation_tellsTheVersionsAroundIt() {
    twoVersions();

    String told = judge().check(hit(1200, 1201, row("a|1"))).orElseThrow().toString();

    assertThat(told)
        .contains("STALE", "a|1 by x1", "b|2 by x2", "from -200.00 ms to now", "-100.00 ms");
  }

  private static Finding members(String... keys) {
    return new Members("t", 0, "g", Set.of(keys));
  }
}
