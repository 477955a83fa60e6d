package io.freshet.demo;

import java.util.Arrays;
import java.util.Locale;

/** Durations, and how they are spread. Thread-safe. */
final class Latencies {

  private long[] nanos = new long[1_024];
  private int count;

  synchronized void add(long duration) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = Math.max(0, duration);
  }

  synchronized int count() {
    return count;
  }

  /**
   * The duration that this share of all does not exceed.
   *
   * @param share from 0 to 1
   */
  synchronized long percentile(double share) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * count) - 1)];
  }

  /** Median, 99th percentile and worst, in milliseconds. */
  String summary() {
    return count() == 0
        ? "-"
        : String.format(
            Locale.ROOT,
            "%.2f / %.1f / %.1f ms",
            percentile(0.5) / 1e6,
            percentile(0.99) / 1e6,
            percentile(1) / 1e6);
  }
}
