package io.freshet.torture;

import io.freshet.torture.Faults.Done;
import io.freshet.torture.Violation.Rule;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came out of a run.
 *
 * @param violations the first of each rule
 * @param broken how many there are of each rule
 * @param unseen own writes that were not seen, and what else must not be
 */
record Verdict(
    List<Violation> violations,
    Map<Rule, Long> broken,
    List<String> unseen,
    Numbers numbers,
    List<Done> faults) {

  /**
   * What was done.
   *
   * @param counts by what the processes call it
   * @param reads by operation and source
   */
  record Numbers(
      Map<String, Long> counts, Map<String, Long> reads, Staleness staleness, long versions) {

    long count(String what) {
      return counts.getOrDefault(what, 0L);
    }

    /** Reads that the cache answered alone. */
    long hits() {
      return reads.entrySet().stream()
          .filter(one -> one.getKey().endsWith("HIT"))
          .mapToLong(Map.Entry::getValue)
          .sum();
    }

    long allReads() {
      return reads.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How often the gate was found open, of a hundred. */
    double openShare() {
      long open = count("gate open");
      return 100.0 * open / Math.max(1, open + count("gate closed"));
    }
  }

  boolean isGood() {
    return broken.isEmpty() && unseen.isEmpty();
  }

  /** Prints all of it. */
  void print(PrintWriter out) {
    Numbers all = numbers;
    out.printf(
        "  %d versions of rows by %d transactions of nodes and %d of others%n",
        all.versions, all.count("commits"), all.count("outsiders' commits"));
    out.printf(
        "  %d reads of cached items, %.1f%% hits; gates open %.1f%% of the time%n",
        all.allReads(), 100.0 * all.hits() / Math.max(1, all.allReads()), all.openShare());
    all.reads.forEach((what, number) -> out.printf("    %-40s %9d%n", what, number));
    out.printf(
        "  stale hits %d; of these p50 %.1f ms, p99 %.1f ms; worst %.1f ms%n",
        all.staleness.stale(),
        all.staleness.quantile(0.5),
        all.staleness.quantile(0.99),
        all.staleness.worst());
    out.println("  counts");
    all.counts.forEach((what, number) -> out.printf("    %-70s %7d%n", what, number));
    Map<FaultKind, Long> kinds = new TreeMap<>();
    faults.forEach(one -> kinds.merge(one.fault().kind(), 1L, Long::sum));
    out.printf("  faults %s%n", kinds);
    faults.stream()
        .filter(one -> !one.failure().isEmpty())
        .forEach(one -> out.printf("    %s%n", one));
    long number = broken.values().stream().mapToLong(Long::longValue).sum();
    out.printf("  violations %d%s%n", number, number == 0 ? "" : " " + broken);
    violations.forEach(violation -> describe(out, violation));
    unseen.forEach(one -> out.printf("  UNSEEN %s%n", one));
  }

  private void describe(PrintWriter out, Violation violation) {
    out.println(violation.toString().indent(2).stripTrailing());
    long begin = violation.read().begin();
    faults.stream()
        .filter(one -> Math.abs(one.begin() - begin) < 10_000_000_000L)
        .forEach(one -> out.printf("    %+.0f ms: %s%n", (one.begin() - begin) / 1e6, one));
  }
}
