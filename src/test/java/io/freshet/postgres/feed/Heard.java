package io.freshet.postgres.feed;

import static org.awaitility.Awaitility.await;

import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.tracking.Tracking;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** A feed that was started, and everything it told. */
final class Heard implements ChangeFeed.Listener, AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(2);

  final List<ChangeFeed.Beginning> beginnings = new CopyOnWriteArrayList<>();
  final List<ChangeSet> changes = new CopyOnWriteArrayList<>();
  final List<LogPosition> reached = new CopyOnWriteArrayList<>();
  final List<String> interruptions = new CopyOnWriteArrayList<>();
  final List<String> waited = new CopyOnWriteArrayList<>();
  final ChangeFeed feed;
  private volatile long lastBarrierSent = Long.MIN_VALUE;
  private volatile boolean barrierReturned;

  private Heard(ChangeFeed feed) {
    this.feed = feed;
    feed.start(this);
  }

  static Heard of(ChangeFeed feed) {
    return new Heard(feed);
  }

  static PostgresFeed.Plan plan(String url, PostgresFeed.Tracked tracked) {
    return new PostgresFeed.Plan(
        new FeedTarget(url, Optional.empty(), Optional.empty(), PATIENCE), tracked, coverage -> {});
  }

  static PostgresFeed.Tracked installing(Tracking tracking, TrackedTable... tables) {
    return new PostgresFeed.Tracked(
        tracking, new TrackingPlan(List.of(tables), Set.of()), true, true);
  }

  @Override
  public void begins(ChangeFeed.Beginning beginning) {
    beginnings.add(beginning);
  }

  @Override
  public void reset(String reason) {
    throw new AssertionError("reset instead of begins: " + reason);
  }

  @Override
  public void changes(ChangeSet set) {
    changes.add(set);
  }

  @Override
  public void reached(LogPosition position) {
    reached.add(position);
  }

  @Override
  public void barrier(long sentNanos) {
    lastBarrierSent = sentNanos;
    barrierReturned = true;
  }

  @Override
  public void waiting(String reason) {
    waited.add(reason);
  }

  @Override
  public void interrupted(String reason) {
    interruptions.add(reason);
  }

  /** Waits until everything has been told that was committed before. */
  Heard caughtUp() {
    long now = System.nanoTime();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              feed.requestBarrier();
              return barrierReturned && lastBarrierSent - now > 0;
            });
    return this;
  }

  ChangeFeed.Beginning lastBeginning() {
    return beginnings.get(beginnings.size() - 1);
  }

  LogPosition lastReached() {
    return reached.get(reached.size() - 1);
  }

  /** Everything told, as one text. */
  String text() {
    return changes.toString();
  }

  @Override
  public void close() {
    feed.close();
  }
}
