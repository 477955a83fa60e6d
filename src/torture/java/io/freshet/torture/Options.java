package io.freshet.torture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a run is like.
 *
 * @param postgres the major release: 15 or 18
 * @param length of the run, without its start and its end
 * @param sabotage statements that take from the feed what it lives on, before nodes start that are
 *     told not to look ({@code freshet.tracking=none}): such a run must find something
 */
record Options(
    Mode mode,
    int postgres,
    long seed,
    Duration length,
    Crew crew,
    Set<FaultKind> faults,
    Optional<String> sabotage,
    Path directory) {

  /**
   * Who takes part.
   *
   * @param bound {@code freshet.max_staleness}
   * @param pause how long a thread waits between two transactions, on the average
   */
  record Crew(int nodes, int threads, Duration bound, Duration pause) {}
}
