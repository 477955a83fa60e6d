package io.freshet.demo;

import java.util.SplittableRandom;

/** Random choices of one thread, the same for the same seed. Not thread-safe. */
final class Dice {

  private final SplittableRandom random;

  Dice(long seed) {
    random = new SplittableRandom(seed);
  }

  /** From 0 to bound - 1. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /**
   * A row from 1 to rows, the first ones much more often: 1 % of the rows get 22 % of the reads.
   */
  int popular(int rows) {
    double uniform = random.nextDouble();
    return 1 + (int) (rows * uniform * uniform * uniform);
  }
}
