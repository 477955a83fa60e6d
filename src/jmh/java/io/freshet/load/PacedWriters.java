package io.freshet.load;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Four writers, together at a given pace, each row once. Used by one thread. */
final class PacedWriters {

  private static final int WRITERS = 4;

  private final LoadServer server;
  private final Variant variant;
  private final int pace;
  private final double seconds;

  /**
   * One of them.
   *
   * @param nanos when commit had returned to the writer
   */
  record Commit(int id, long nanos) {}

  /**
   * @param pace commits per second
   */
  PacedWriters(LoadServer server, Variant variant, int pace, double seconds) {
    this.server = server;
    this.variant = variant;
    this.pace = pace;
    this.seconds = seconds;
  }

  /** Writes; as many rows as the time allows, and the table has. */
  List<Commit> write() throws Exception {
    List<Integer> ids = new ArrayList<>();
    for (int id = 1; id <= server.rows(); id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, new Random(42));
    int count = Math.min(ids.size(), Math.max(WRITERS, (int) (pace * seconds)));
    AtomicInteger next = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<List<Commit>>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(executor.submit(writer(ids.subList(0, count), next)));
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

  private Callable<List<Commit>> writer(List<Integer> ids, AtomicInteger next) {
    long begin = System.nanoTime();
    long interval = TimeUnit.SECONDS.toNanos(1) / pace;
    return () -> {
      List<Commit> commits = new ArrayList<>();
      try (Connection connection = server.connect();
          PreparedStatement update = connection.prepareStatement(WriteCost.update(variant))) {
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
