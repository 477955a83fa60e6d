package io.freshet.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody who knows nothing of Hibernate gives products new revisions, each in a transaction of
 * its own, and notes when commit had returned. Thread-safe.
 *
 * <p>So a reader who notes the committed revision, and then reads a smaller one, has read what was
 * replaced before it began; and how long before can be told.
 */
final class OutsideWriter {

  private final String url;
  private final Popular popular;
  private final AtomicLongArray committed;
  private final Map<Revision, Long> times = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  private record Revision(int product, long number) {}

  OutsideWriter(String url, int products, Popular popular) {
    this.url = url;
    this.popular = popular;
    this.committed = new AtomicLongArray(products + 1);
  }

  /** The revision that is known to be committed; 0 at first. */
  long committed(int product) {
    return committed.get(product);
  }

  /** When the revision after this one had been committed, by System.nanoTime. */
  long replaced(int product, long revision) {
    Long nanos = times.get(new Revision(product, revision + 1));
    if (nanos == null) {
      throw new IllegalStateException(
          "revision %d of product %d has not been replaced".formatted(revision, product));
    }
    return nanos;
  }

  /**
   * Writes until it is stopped.
   *
   * @param pace commits per second
   * @return how often it has committed
   */
  long write(int pace) throws SQLException {
    stopped = false;
    long interval = TimeUnit.SECONDS.toNanos(1) / pace;
    long commits = 0;
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement update =
            connection.prepareStatement(
                "update product set revision = revision + 1 where id = ?")) {
      long begin = System.nanoTime();
      while (!stopped) {
        int product = popular.next();
        update.setLong(1, product);
        update.executeUpdate();
        long revision = committed.get(product) + 1;
        times.put(new Revision(product, revision), System.nanoTime());
        committed.set(product, revision);
        commits++;
        LockSupport.parkNanos(begin + commits * interval - System.nanoTime());
      }
    }
    return commits;
  }

  void stop() {
    stopped = true;
  }
}
