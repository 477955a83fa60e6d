package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.Message;
import io.freshet.cache.CachingClock;
import io.freshet.cache.Gate;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.concurrent.Threads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a feed to a node: applies what it tells, keeps the gate's lease, and answers barriers.
 * Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>A reset closes the gate, makes everything inadmissible that was read before, and clears.
 *   <li>Change sets are applied as they come.
 *   <li>A barrier that has come back opens the gate, or keeps it open, for {@code max_staleness}
 *       from the moment it was sent. Whoever waits for a moment before that goes on: all commits
 *       that ended by then have been applied.
 * </ol>
 *
 * <p>The first barrier after a reset makes once more inadmissible what was read before, and then
 * opens the gate. A commit that ended between reset and barrier may be told never ({@code
 * Visibility} of the log has a hole at its beginning); a slow session that had read the row before
 * that commit, and stores it when the gate is open again, would store it for good.
 *
 * <p>Four barriers are asked for in the time of one lease. Between them nothing is needed to close
 * the gate: the lease runs out by itself.
 */
final class FeedLink implements ChangeFeed.Listener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FeedLink.class);
  private static final int BARRIERS_PER_LEASE = 4;
  private static final long HOPELESS = 3;
  private static final long SLICE_MILLIS = 20;
  private static final String LATE = "no barrier has come back in time";

  private final String kind;
  private final Node node;
  private final Gate gate;
  private final ChangeFeed feed;
  private final Supplier<Intake> intake;
  private final long maxStalenessNanos;
  private final Echoes echoes = new Echoes();
  private final ScheduledExecutorService heartbeat =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("freshet-heartbeat"));

  /** In the order of their moments. */
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

  private volatile String reason = "the feed has not begun yet";
  private volatile boolean interrupted;
  private volatile boolean warned;
  private final AtomicLong resets = new AtomicLong();

  /** Whether no barrier has come back since the last reset. For the feed's calls only. */
  private boolean beginning = true;

  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private volatile long lastSentNanos = System.nanoTime();
  private volatile long lastRoundTripNanos;

  private record Waiter(long sinceNanos, Runnable action) {}

  /**
   * @param kind as the setting names it
   * @param feed not started yet; closed together with this
   * @param intake asked for each change set: tables may have been found anew at a reset
   */
  FeedLink(
      String kind, Node node, ChangeFeed feed, Supplier<Intake> intake, Duration maxStaleness) {
    this.kind = kind;
    this.node = node;
    this.gate = node.gate();
    this.feed = feed;
    this.intake = intake;
    this.maxStalenessNanos = maxStaleness.toNanos();
  }

  /** Closes the gate until the first barrier has come back, and starts the feed. */
  void start() {
    gate.close();
    feed.start(this);
    long period = maxStalenessNanos / BARRIERS_PER_LEASE;
    var unused = heartbeat.scheduleAtFixedRate(this::beat, period, period, TimeUnit.NANOSECONDS);
  }

  private void beat() {
    feed.requestBarrier();
    if (!gate.isOpen() && !interrupted && !warned && caughtUp.getCount() == 0) {
      warned = true;
      reason = "";
      Message.FEED_LATE.warn(LOG, TimeUnit.NANOSECONDS.toMillis(sinceLastNanos()), whyClosed());
    }
  }

  @Override
  public void reset(String cause) {
    gate.close();
    beginning = true;
    reason = "waiting for the first barrier after a reset: " + cause;
    echoes.clear();
    node.forgetSchema();
    node.clearEverything(EvictionCause.RESET);
    resets.incrementAndGet();
  }

  @Override
  public void changes(ChangeSet changes) {
    try {
      Invalidation.apply(node, intake.get().footprint(changes, echoes), EvictionCause.FEED);
    } catch (RuntimeException e) {
      Message.FEED_CHANGE_FAILED.warn(LOG, e);
      node.clearEverything(EvictionCause.FAILURE);
    }
  }

  @Override
  public void barrier(long sentNanos) {
    long now = System.nanoTime();
    for (Echoes.Kept overdue : echoes.overdue(sentNanos)) {
      Invalidation.apply(node, overdue, EvictionCause.FEED);
    }
    lastSentNanos = sentNanos;
    lastRoundTripNanos = now - sentNanos;
    if (beginning) {
      node.refuseEarlierReads();
      beginning = false;
    }
    gate.openUntil(CachingClock.system().now() - (now - sentNanos) + maxStalenessNanos);
    if (interrupted || warned) {
      interrupted = false;
      warned = false;
      Message.FEED_RESTORED.warn(LOG, kind);
    }
    reason = "";
    caughtUp.countDown();
    passed(sentNanos);
  }

  @Override
  public void interrupted(String cause) {
    if (!interrupted || !cause.equals(reason)) {
      Message.FEED_INTERRUPTED.warn(LOG, kind, cause);
    }
    interrupted = true;
    reason = cause;
  }

  @Override
  public void waiting(String cause) {
    reason = cause;
  }

  /** Whether hits are served, and what the feed tells of need not be guessed. */
  boolean isLive() {
    return gate.isOpen() && feed.tellsEverything();
  }

  /** Where it all comes from. */
  ChangeFeed feed() {
    return feed;
  }

  Echoes echoes() {
    return echoes;
  }

  /** The transaction that expected these echoes has ended. */
  void settle(List<Echoes.Expected> expected, boolean committed) {
    long now = System.nanoTime();
    for (Echoes.Expected one : expected) {
      if (committed) {
        echoes.committed(one, now);
      } else {
        // what was told meanwhile may have been taken for the echo
        echoes.forget(one);
        Invalidation.apply(node, one.kept(), EvictionCause.FLUSH);
      }
    }
  }

  /**
   * Runs the action, on a thread of the feed's, as soon as every commit that ended before this call
   * has been applied. Asks for a barrier; does not wait.
   */
  void whenApplied(Runnable action) {
    synchronized (waiters) {
      waiters.add(new Waiter(System.nanoTime(), action));
    }
    feed.requestBarrier();
  }

  @SuppressWarnings("ReferenceEquality") // an action is itself only
  private void forget(Runnable action) {
    synchronized (waiters) {
      waiters.removeIf(waiter -> waiter.action == action);
    }
  }

  private void passed(long nanos) {
    List<Runnable> ready = new ArrayList<>();
    synchronized (waiters) {
      while (!waiters.isEmpty() && waiters.peek().sinceNanos - nanos <= 0) {
        ready.add(waiters.remove().action);
      }
    }
    ready.forEach(Runnable::run);
  }

  /** As {@link io.freshet.Freshet#barrier}. */
  void barrier(Duration timeout) throws InterruptedException, TimeoutException {
    CountDownLatch applied = new CountDownLatch(1);
    Runnable action = applied::countDown;
    whenApplied(action);
    boolean inTime = false;
    try {
      inTime = applied.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (!inTime) {
        forget(action);
      }
    }
    if (!inTime) {
      throw new TimeoutException(
          "no barrier came back within %s: %s".formatted(timeout, whyClosed()));
    }
  }

  /**
   * Waits for the first barrier.
   *
   * @return false if it has not come back in time, or the stream has broken off several times
   */
  boolean awaitFirstBarrier(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (deadline - System.nanoTime() > 0 && feed.statistics().reconnects() < HOPELESS) {
        if (caughtUp.await(SLICE_MILLIS, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return caughtUp.getCount() == 0;
  }

  /** What keeps the gate closed; empty if nothing does. */
  String reason() {
    return reason;
  }

  /** Whether the stream has broken off, and not caught up since. */
  boolean isInterrupted() {
    return interrupted;
  }

  /** Whether the stream has begun at least once, caught up or not. */
  boolean hasBegun() {
    return resets.get() > 0;
  }

  FeedStatus status() {
    ChangeFeed.Statistics statistics = feed.statistics();
    boolean open = gate.isOpen();
    return new FeedStatus(
        kind,
        open,
        open ? "" : whyClosed(),
        Duration.ofNanos(lastRoundTripNanos),
        caughtUp.getCount() > 0
            ? Optional.empty()
            : Optional.of(Duration.ofNanos(sinceLastNanos())),
        new FeedStatus.Counts(
            resets.get(),
            statistics.reconnects(),
            statistics.messages(),
            statistics.rows(),
            gate.bypassed()));
  }

  /** The lease may have run out since somebody last looked. */
  String whyClosed() {
    String trouble = feed.trouble();
    if (!trouble.isEmpty()) {
      return trouble;
    }
    String known = reason;
    return known.isEmpty() ? LATE : known;
  }

  private long sinceLastNanos() {
    return System.nanoTime() - lastSentNanos;
  }

  @Override
  public void close() {
    heartbeat.shutdownNow();
    feed.close();
    gate.close();
  }
}
