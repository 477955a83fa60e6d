package io.freshet.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Somebody wants the process to end. Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>A command that runs until it is stopped says so by {@link #isHeeded}.
 *   <li>A signal begins the JVM's shutdown, whose hook {@link #request requests} the end and, if it
 *       is heeded, waits until the command has closed what it opened and {@link #ended}, though not
 *       for long.
 *   <li>The JVM ends with the signal's own status, 130 or 143.
 * </ol>
 */
final class Stop {

  private static final long PATIENCE_SECONDS = 5;

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean heeded;

  /** From now on a request is answered by an orderly end. */
  void isHeeded() {
    heeded = true;
  }

  /** Asks for the end. */
  void request() {
    requested.countDown();
  }

  boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Waits until the end is requested, or a command ends by itself with {@link #request}. */
  void await() throws InterruptedException {
    requested.await();
  }

  /** The command has closed what it had opened. */
  void ended() {
    ended.countDown();
  }

  /** For the JVM's shutdown hook. */
  void requestAndAwaitEnd() {
    request();
    if (heeded) {
      try {
        if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          Runtime.getRuntime().halt(ExitCode.FAILED);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
