package io.freshet.cache;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one clock of caching timestamps: nanoseconds since the epoch, never running backwards within
 * a JVM. Thread-safe.
 *
 * <p>Hibernate's own timestamps come from a counter that every session of the JVM increments.
 * Reading a clock costs no shared write. The clock may give two callers the same value; whoever
 * compares them treats equal as "not proved younger", so that a tie costs a cache miss at most.
 */
public final class CachingClock {

  /** The wall clock at class initialisation, as the origin of {@link System#nanoTime()}. */
  private static final long ORIGIN_NANOS =
      TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();

  private static final CachingClock SYSTEM =
      new CachingClock(() -> ORIGIN_NANOS + System.nanoTime());

  private final LongSupplier nanos;

  CachingClock(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** The clock that every session factory of this JVM shares. */
  public static CachingClock system() {
    return SYSTEM;
  }

  /** Now, in nanoseconds. */
  public long now() {
    return nanos.getAsLong();
  }
}
