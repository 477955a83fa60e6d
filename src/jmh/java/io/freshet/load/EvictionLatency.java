package io.freshet.load;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How long after commit has returned to the writer a node evicts the row: some writers, together at
 * a given pace, each row once, all of them cached.
 */
final class EvictionLatency {

  private static final int WRITERS = 4;
  private static final Variant[] FEEDS = {Variant.NOTIFY, Variant.WAL};

  private final LoadServer server;
  private final LoadOptions options;

  private record Commit(int id, long nanos) {}

  EvictionLatency(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
  }

  /** Prints the table. */
  void run() throws Exception {
    Map<Variant, Sample> samples = new EnumMap<>(Variant.class);
    Map<Variant, Sample> rates = new EnumMap<>(Variant.class);
    for (Variant feed : FEEDS) {
      samples.put(feed, new Sample());
      rates.put(feed, new Sample());
      slice(feed, new Sample(), new Sample()); // warms up
    }
    for (int round = 0; round < options.rounds(); round++) {
      for (Variant feed : FEEDS) {
        slice(feed, samples.get(feed), rates.get(feed));
      }
    }
    options.line("%nCommit to eviction, ms, paced at %,d commits/s:", options.pace());
    options.line(
        "%-8s %10s %10s %8s %8s %8s %8s",
        "", "commits", "per second", "p50", "p90", "p99", "worst");
    for (Variant feed : FEEDS) {
      Sample sample = samples.get(feed);
      options.line(
          "%-8s %,10d %,10.0f %8.2f %8.2f %8.2f %8.1f",
          feed.label(),
          sample.count(),
          rates.get(feed).median(),
          sample.median() / 1e6,
          sample.percentile(0.9) / 1e6,
          sample.percentile(0.99) / 1e6,
          sample.percentile(1) / 1e6);
    }
  }

  private void slice(Variant feed, Sample latencies, Sample rates) throws Exception {
    try (EvictionTimes evictions = new EvictionTimes(server.rows());
        LoadNode node =
            LoadNode.start(
                server,
                feed,
                "10000",
                Map.of("hibernate.javax.cache.cache_manager", evictions.manager()))) {
      node.warm();
      long begin = System.nanoTime();
      List<Commit> commits = write(feed);
      rates.add(commits.size() * 1e9 / (System.nanoTime() - begin));
      node.barrier();
      for (Commit commit : commits) {
        long removed = evictions.removed(commit.id());
        if (removed == 0) {
          throw new IllegalStateException("%s: %s was not evicted".formatted(feed.label(), commit));
        }
        latencies.add((double) Math.max(0, removed - commit.nanos()));
      }
    }
    server.vacuum(feed);
  }

  private List<Commit> write(Variant feed) throws Exception {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= server.rows(); id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, new Random(42));
    int count = Math.min(ids.size(), Math.max(WRITERS, (int) (options.pace() * options.seconds())));
    AtomicInteger next = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<List<Commit>>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(executor.submit(writer(feed, ids.subList(0, count), next)));
      }
      List<Commit> commits = new ArrayList<>();
      for (Future<List<Commit>> writer : writers) {
        commits.addAll(writer.get());
      }
      return commits;
    } finally {
      executor.shutdown();
    }
  }

  private Callable<List<Commit>> writer(Variant feed, List<Integer> ids, AtomicInteger next) {
    long begin = System.nanoTime();
    long interval = TimeUnit.SECONDS.toNanos(1) / options.pace();
    return () -> {
      List<Commit> commits = new ArrayList<>();
      try (Connection connection = server.connect();
          PreparedStatement update = connection.prepareStatement(WriteCost.update(feed))) {
        for (int turn = next.getAndIncrement(); turn < ids.size(); turn = next.getAndIncrement()) {
          LockSupport.parkNanos(begin + turn * interval - System.nanoTime());
          int id = ids.get(turn);
          update.setLong(1, id);
          update.executeUpdate();
          commits.add(new Commit(id, System.nanoTime()));
        }
      }
      return commits;
    };
  }
}
