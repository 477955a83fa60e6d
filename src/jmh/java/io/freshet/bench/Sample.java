package io.freshet.bench;

import java.util.Arrays;

/** Numbers, and how they are spread. Not thread-safe. */
final class Sample {

  private double[] values = new double[64];
  private int count;

  void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = value;
  }

  void addAll(Sample other) {
    for (int i = 0; i < other.count; i++) {
      add(other.values[i]);
    }
  }

  int count() {
    return count;
  }

  /** The median of the ratios of what was added at the same time. */
  double ratio(Sample other) {
    Sample ratios = new Sample();
    for (int i = 0; i < Math.min(count, other.count); i++) {
      ratios.add(values[i] / other.values[i]);
    }
    return ratios.median();
  }

  double mean() {
    return Arrays.stream(values, 0, count).average().orElse(Double.NaN);
  }

  /** Between the middle two, where there are as many above as below. */
  double median() {
    double lower = percentile(0.5);
    return count % 2 == 0 && count > 0
        ? (lower + percentile((count / 2 + 1) / (double) count)) / 2
        : lower;
  }

  /**
   * The number that this share of all does not exceed; NaN if there is none.
   *
   * @param share from 0 to 1
   */
  double percentile(double share) {
    if (count == 0) {
      return Double.NaN;
    }
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * count) - 1)];
  }
}
