package io.freshet.postgres.feed;

import io.freshet.change.ChangeFeed.Beginning;
import io.freshet.change.ChangeFeed.Listener;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.RowChange;
import io.freshet.concurrent.Bell;
import io.freshet.concurrent.Threads;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A feed from one connect to the failure that ends it. Two threads work on it: the reader, which
 * waits for the server, and the side thread, which asks it.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>The stream is open: every commit that snapshots of today do not contain will be told.
 *   <li>The listener is told of the beginning, and only then the reader begins.
 *   <li>For each barrier the side thread (a) notes the time, (b) makes sure that what tells of
 *       changes is as it was at the beginning, (c) sends it. When it returns, (a) is the moment up
 *       to which the listener knows everything: what was committed before (a) is in front of it in
 *       the stream; and a trigger that was gone at some moment before (a) shows in (b), if only by
 *       being another one now.
 *   <li>Whatever fails, and a barrier that does not return within the target's patience, ends the
 *       run. There is no half-working stream.
 * </ol>
 */
final class FeedRun {

  /** Asks whether what tells of changes is still what it was when the run began. */
  @FunctionalInterface
  interface Watch {

    /** Returns normally if nothing has changed; throws what has changed otherwise. */
    void check(Connection side) throws SQLException;
  }

  /** Where a stream delivers. Thread-safe; the listener's calls do not overlap. */
  final class Delivery {

    private final ReentrantLock lock = new ReentrantLock();

    void changes(ChangeSet changes) {
      counters.messages.increment();
      counters.rows.add(changes.changes().stream().filter(RowChange.class::isInstance).count());
      lock.lock();
      try {
        listener.changes(changes);
      } finally {
        lock.unlock();
      }
    }

    void barrierReturned(long nonce) {
      lock.lock();
      try {
        barriers
            .returned(nonce)
            .ifPresent(
                sentNanos -> {
                  caughtUp = true;
                  listener.barrier(sentNanos);
                });
      } finally {
        lock.unlock();
      }
    }

    void reached(LogPosition position) {
      lock.lock();
      try {
        listener.reached(position);
      } finally {
        lock.unlock();
      }
    }

    /** Something waits to be delivered by the side thread. */
    void wakeSide() {
      bell.ring();
    }
  }

  private final Stream stream;
  private final Connection side;
  private final Listener listener;
  private final Watch watch;
  private final Counters counters;
  private final long patienceNanos;
  private final Barriers barriers = new Barriers();
  private final Bell bell;
  private final AtomicBoolean requested;
  private final Delivery delivery = new Delivery();
  private volatile boolean caughtUp;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  FeedRun(Stream stream, Connection side, PostgresFeed feed, FeedTarget target, Watch watch) {
    this.stream = stream;
    this.side = side;
    this.listener = feed.listener();
    this.watch = watch;
    this.counters = feed.counters();
    this.patienceNanos = target.patience().toNanos();
    this.bell = feed.bell();
    this.requested = feed.requested();
  }

  /** Runs until something fails; called on the side thread. */
  void run(Beginning beginning) throws SQLException, InterruptedException {
    listener.begins(beginning);
    requested.set(true);
    Thread reader = Threads.daemon("freshet-feed-reader", this::read);
    reader.start();
    try {
      workAside();
    } finally {
      stream.abort();
      reader.join();
    }
  }

  /** Whether a barrier has come back. */
  boolean hasCaughtUp() {
    return caughtUp;
  }

  private void read() {
    Throwable cause = new SQLException("the stream has ended");
    try {
      stream.read(delivery);
    } catch (SQLException | RuntimeException e) {
      cause = e;
    } finally {
      end(cause);
    }
  }

  private void end(Throwable cause) {
    failure.compareAndSet(null, cause);
    bell.ring();
  }

  private void workAside() throws SQLException, InterruptedException {
    long waitNanos = 0;
    while (true) {
      bell.await(Math.min(waitNanos, patienceNanos / 4));
      Throwable cause = failure.get();
      if (cause != null) {
        throw cause instanceof SQLException sql ? sql : new SQLException(cause);
      }
      if (requested.compareAndSet(true, false)) {
        sendBarrier();
      }
      waitNanos = stream.deliverVisible(side, delivery);
      requireAnswers();
    }
  }

  private void sendBarrier() throws SQLException {
    long nonce = barriers.register(System.nanoTime());
    watch.check(side);
    stream.sendBarrier(side, nonce);
  }

  private void requireAnswers() throws SQLException {
    Long oldest = barriers.oldestNanos().orElse(null);
    if (oldest != null && System.nanoTime() - oldest > patienceNanos) {
      throw new SQLException(
          "a barrier has not come back for %d ms: the connection that listens does not answer"
              .formatted(patienceNanos / 1_000_000));
    }
  }
}
