package io.freshet.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A fault that is to come.
 *
 * @param after since the begin of the run
 * @param lasting how long, where that is to be said
 * @param choice which of several targets, and how far a clock steps
 */
record Fault(FaultKind kind, Duration after, Duration lasting, int choice) {

  private static final int OVERLAP_PERCENT = 15;

  /**
   * A seed's schedule. Most faults are followed by quiet, in which what is broken can heal; else
   * the cache would only ever step aside.
   *
   * @param bound {@code freshet.max_staleness}
   */
  static List<Fault> schedule(
      Dice dice, Collection<FaultKind> kinds, Duration run, Duration bound) {
    List<Fault> faults = new ArrayList<>();
    List<FaultKind> sorted = kinds.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return faults;
    }
    long lease = bound.toMillis();
    long at = dice.between(lease, 2 * lease);
    while (at < run.toMillis() - lease) {
      long lasting = dice.between(lease / 5, lease * 5 / 2);
      FaultKind kind = dice.of(sorted);
      faults.add(
          new Fault(
              kind, Duration.ofMillis(at), Duration.ofMillis(lasting), dice.below(1_000_000)));
      if (!dice.percent(OVERLAP_PERCENT)) {
        at += lasting + kind.restart().toMillis() + dice.between(lease, 4 * lease);
      }
    }
    return faults;
  }
}
