package io.freshet.torture;

import java.util.List;
import java.util.Random;

/** Random choices that a seed repeats. Not thread-safe. */
final class Dice {

  private final Random random;

  Dice(long seed) {
    this.random = new Random(seed);
  }

  /** From 0 to below the bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** From one to the other, both included. */
  long between(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from + 1));
  }

  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** A key of a table; low ones come more often. */
  int key(Table table) {
    double uniform = random.nextDouble();
    return 1 + (int) (table.rows() * uniform * uniform);
  }
}
