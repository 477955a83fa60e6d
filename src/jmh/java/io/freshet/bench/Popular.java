package io.freshet.bench;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/** Numbers by Zipf's law: the second is drawn half as often as the first. Thread-safe. */
final class Popular {

  private final double[] cumulated;

  /**
   * @param count from 1 to which numbers are drawn
   */
  Popular(int count) {
    cumulated = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += 1.0 / (i + 1);
      cumulated[i] = sum;
    }
  }

  int next() {
    double drawn = ThreadLocalRandom.current().nextDouble(cumulated[cumulated.length - 1]);
    int found = Arrays.binarySearch(cumulated, drawn);
    return Math.min(cumulated.length, 1 + (found >= 0 ? found : -found - 1));
  }
}
