package io.freshet.torture;

import java.util.Arrays;

/** How old what was read was. Keeps a histogram in tenths of milliseconds. Not thread-safe. */
final class Staleness {

  private static final int BUCKETS = 200_000;
  private static final double NANOS_PER_BUCKET = 100_000;

  private final long[] buckets = new long[BUCKETS];
  private long number;
  private long worst;

  void add(long nanos) {
    buckets[(int) Math.min(BUCKETS - 1, nanos / NANOS_PER_BUCKET)]++;
    number++;
    worst = Math.max(worst, nanos);
  }

  /** The worst, in milliseconds. */
  double worst() {
    return worst / 1e6;
  }

  /** How many were not current any more. */
  long stale() {
    return number - buckets[0];
  }

  /** A quantile of those that were not current any more, in milliseconds. */
  double quantile(double quantile) {
    long rank = (long) Math.ceil(quantile * stale());
    long sum = 0;
    for (int i = 1; i < BUCKETS; i++) {
      sum += buckets[i];
      if (sum >= rank && rank > 0) {
        return i * NANOS_PER_BUCKET / 1e6;
      }
    }
    return 0;
  }

  /** Adds another's. */
  void addAll(Staleness other) {
    Arrays.setAll(buckets, i -> buckets[i] + other.buckets[i]);
    number += other.number;
    worst = Math.max(worst, other.worst);
  }
}
