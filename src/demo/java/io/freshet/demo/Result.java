package io.freshet.demo;

/**
 * What one engine did.
 *
 * @param seconds how long readers were counted
 * @param reads in that time
 * @param hitRatio of second-level cache lookups in that time
 * @param ledger writes and stale reads, of the whole run
 * @param entriesBefore what was cached before a native UPDATE on an unrelated table
 * @param entriesAfter what of it was still cached after
 * @param wrongEntries cached entries that were not as their rows, when nobody wrote any more
 */
record Result(
    Engine engine,
    double seconds,
    long reads,
    double hitRatio,
    Ledger ledger,
    long entriesBefore,
    long entriesAfter,
    long wrongEntries) {

  double readsPerSecond() {
    return reads / seconds;
  }

  boolean isTruthful() {
    return ledger.staleReads() == 0 && wrongEntries == 0;
  }
}
