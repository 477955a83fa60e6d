package io.freshet.load;

import io.freshet.load.PacedWriters.Commit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One turn of measuring how long after commit has returned to the writer a node evicts the row, all
 * rows being cached. Immutable.
 *
 * @param settings of the node, beyond those of the variant
 */
record EvictionSlice(
    LoadServer server, Variant variant, int pace, double seconds, Map<String, String> settings) {

  /** Measures. */
  void measure(Sample latencies, Sample rates) throws Exception {
    try (EvictionTimes evictions = new EvictionTimes(server.rows());
        LoadNode node = LoadNode.start(server, variant, "10000", settings(evictions))) {
      node.warm();
      long begin = System.nanoTime();
      List<Commit> commits = new PacedWriters(server, variant, pace, seconds).write();
      rates.add(commits.size() * 1e9 / (System.nanoTime() - begin));
      node.barrier();
      for (Commit commit : commits) {
        long removed = evictions.removed(commit.id());
        if (removed == 0) {
          throw new IllegalStateException(
              "%s: %s was not evicted".formatted(variant.label(), commit));
        }
        latencies.add((double) Math.max(0, removed - commit.nanos()));
      }
    }
    server.vacuum(variant);
  }

  private Map<String, Object> settings(EvictionTimes evictions) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put("hibernate.javax.cache.cache_manager", evictions.manager());
    return all;
  }
}
