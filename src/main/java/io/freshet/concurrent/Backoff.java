package io.freshet.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next attempt: twice as long after each failure up to a limit, and
 * spread over half of that, so that many nodes do not come back at the same moment. Not
 * thread-safe.
 */
public final class Backoff {

  private final long firstNanos;
  private final long mostNanos;
  private final DoubleSupplier random;
  private long nextNanos;

  /** One whose waits are random. */
  public static Backoff of(Duration first, Duration most) {
    return new Backoff(first, most, () -> ThreadLocalRandom.current().nextDouble());
  }

  /**
   * @param random uniform in [0, 1)
   */
  Backoff(Duration first, Duration most, DoubleSupplier random) {
    this.firstNanos = first.toNanos();
    this.mostNanos = most.toNanos();
    this.random = random;
    this.nextNanos = firstNanos;
  }

  /** The next wait: between half of the present step and all of it. */
  public long nextNanos() {
    long step = nextNanos;
    nextNanos = Math.min(mostNanos, step * 2);
    return step / 2 + (long) (random.getAsDouble() * (step - step / 2));
  }

  /** An attempt has succeeded: begin anew. */
  public void reset() {
    nextNanos = firstNanos;
  }
}
