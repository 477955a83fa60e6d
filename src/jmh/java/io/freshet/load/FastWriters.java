package io.freshet.load;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Writers that commit as fast as they can, each over a connection of its own. Thread-safe. */
final class FastWriters {

  private final List<Connection> connections;
  private final int table;
  private final double seconds;

  /** What they have done in what time. */
  record Written(long commits, long nanos) {

    double perSecond() {
      return commits * 1e9 / nanos;
    }
  }

  /**
   * @param table how many rows it has
   */
  FastWriters(List<Connection> connections, int table, double seconds) {
    this.connections = connections;
    this.table = table;
    this.seconds = seconds;
  }

  /**
   * Writes random rows.
   *
   * @param rows of each transaction, which lie side by side
   */
  Written write(Variant variant, int rows) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(connections.size());
    try {
      long begin = System.nanoTime();
      long until = begin + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
      List<Future<Long>> writers = new ArrayList<>();
      for (int i = 0; i < connections.size(); i++) {
        writers.add(
            executor.submit(
                rows == 1
                    ? oneRow(connections.get(i), variant, until)
                    : blocks(i, variant, rows, until)));
      }
      long commits = 0;
      for (Future<Long> writer : writers) {
        commits += writer.get();
      }
      return new Written(commits, System.nanoTime() - begin);
    } finally {
      executor.shutdown();
    }
  }

  private Callable<Long> oneRow(Connection connection, Variant variant, long until) {
    return () -> {
      long commits = 0;
      try (PreparedStatement update = connection.prepareStatement(WriteCost.update(variant))) {
        while (System.nanoTime() < until) {
          update.setLong(1, 1 + ThreadLocalRandom.current().nextInt(table));
          update.executeUpdate();
          commits++;
        }
      }
      return commits;
    };
  }

  /** Each writer has blocks of its own: the order of rows within an UPDATE is the server's. */
  private Callable<Long> blocks(int writer, Variant variant, int rows, long until) {
    int blocks = table / rows / connections.size();
    if (blocks == 0) {
      throw new IllegalArgumentException(
          "%d rows are too few for %d writers of %d each"
              .formatted(table, connections.size(), rows));
    }
    String sql =
        "update %s set balance = balance + 1 where id > ? and id <= ?".formatted(variant.table());
    return () -> {
      long commits = 0;
      try (PreparedStatement update = connections.get(writer).prepareStatement(sql)) {
        while (System.nanoTime() < until) {
          int block = writer * blocks + ThreadLocalRandom.current().nextInt(blocks);
          update.setLong(1, (long) block * rows);
          update.setLong(2, (block + 1L) * rows);
          update.executeUpdate();
          commits++;
        }
      }
      return commits;
    };
  }
}
