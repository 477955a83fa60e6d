package io.freshet.load;

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

  int count() {
    return count;
  }

  double median() {
    return percentile(0.5);
  }

  /**
   * The number that this share of all does not exceed.
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
