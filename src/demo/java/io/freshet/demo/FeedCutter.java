package io.freshet.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends the feed connections of the nodes, by pg_terminate_backend, again and again until it is
 * closed. Used by one thread, beside its own.
 */
final class FeedCutter implements AutoCloseable {

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final String CUT =
      "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = any (?)";

  private final Thread thread;
  private volatile boolean stopped;
  private volatile @Nullable SQLException failure;

  FeedCutter(DemoSchema.Target target, List<DepotNode> nodes) {
    String[] names = nodes.stream().map(DepotNode::application).toArray(String[]::new);
    thread = new Thread(() -> cut(target, names), "demo-feed-cutter");
    thread.start();
  }

  private void cut(DemoSchema.Target target, String[] names) {
    try (Connection connection = target.connect();
        PreparedStatement statement = connection.prepareStatement(CUT)) {
      statement.setArray(1, connection.createArrayOf("text", names));
      while (!stopped) {
        statement.execute();
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  /** Leaves the connections alone from now on. */
  void stop() throws InterruptedException, SQLException {
    stopped = true;
    thread.join();
    SQLException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public void close() {
    stopped = true;
  }
}
