package io.freshet.bus;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the promises of {@link BusListener}, whatever threads a client uses. Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>While connecting, nothing is told. A failure is kept, and {@link #open} throws it: a
 *       listener hears of the end only of what has begun.
 *   <li>{@link #open}: from here on messages are told, one call at a time.
 *   <li>The end, once: {@link #lost}, by whichever part of the connection fails first, or {@link
 *       #close}. Whoever waits for {@link #end} is told before the listener, so that what the
 *       listener then tries on this connection fails at once.
 * </ol>
 *
 * <p>A listener that throws has not taken in what it was told, so it counts as a lost connection.
 */
final class GuardedListener {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

  /** How long a call of the listener that runs as the connection is closed is waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private enum State {
    CONNECTING,
    OPEN,
    ENDED
  }

  private final BusListener listener;
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private State state = State.CONNECTING;

  GuardedListener(BusListener listener) {
    this.listener = listener;
  }

  /** Completed with the reason as the connection ends, for whatever reason. */
  CompletableFuture<String> end() {
    return end;
  }

  /** Everything stands. Throws what has failed in the meantime. */
  void open() throws BusException {
    lock.lock();
    try {
      if (end.isDone()) {
        throw new BusException(end.join(), null);
      }
      state = State.OPEN;
    } finally {
      lock.unlock();
    }
  }

  void received(Channel channel, byte[] message) {
    tell(() -> listener.received(channel, message));
  }

  void blocked(String reason) {
    tell(() -> listener.blocked(reason));
  }

  private void tell(Runnable call) {
    lock.lock();
    try {
      if (state == State.OPEN && !end.isDone()) {
        call.run();
      }
    } catch (RuntimeException | Error e) {
      LOG.debug("A listener has failed", e);
      lost("What came could not be taken in: " + e);
    } finally {
      lock.unlock();
    }
  }

  /** The connection, or a part of it, has failed. Only the first call has an effect. */
  void lost(String reason) {
    if (!end.complete(reason)) {
      return;
    }
    lock.lock();
    try {
      boolean told = state == State.OPEN;
      state = State.ENDED;
      if (told) {
        listener.lost(reason);
      }
    } catch (RuntimeException e) {
      LOG.debug("A listener has failed", e);
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is told once this has returned, but by a listener that blocks for seconds. */
  void close() {
    end.complete("The connection was closed");
    long until = System.nanoTime() + PATIENCE.toNanos();
    boolean interrupted = false;
    boolean waiting = true;
    while (waiting) {
      try {
        if (lock.tryLock(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          lock.unlock();
        }
        waiting = false;
      } catch (InterruptedException e) {
        // its owner ends: all the more it wants to hear nothing later
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
