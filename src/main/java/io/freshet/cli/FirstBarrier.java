package io.freshet.cli;

import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits until a feed has caught up for the first time, and heeds nothing else. Thread-safe. */
final class FirstBarrier implements ChangeFeed.Listener {

  private final CountDownLatch returned = new CountDownLatch(1);
  private volatile long lagNanos;

  /** Waits; false if it has not returned in time. */
  boolean await(Duration timeout) throws InterruptedException {
    return returned.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How long it took. */
  long lagNanos() {
    return lagNanos;
  }

  @Override
  public void reset(String reason) {}

  @Override
  public void changes(ChangeSet changes) {}

  @Override
  public void barrier(long sentNanos) {
    lagNanos = System.nanoTime() - sentNanos;
    returned.countDown();
  }

  @Override
  public void interrupted(String reason) {}
}
