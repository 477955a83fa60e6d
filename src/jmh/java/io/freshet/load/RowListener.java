package io.freshet.load;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Reads what a trigger tells, and does nothing with it. Thread-safe. */
final class RowListener implements AutoCloseable {

  private static final int WAIT_MILLIS = 100;

  private final Connection connection;
  private final Thread thread;
  private volatile boolean stopped;
  private long heard;

  RowListener(Connection connection, String channel) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      statement.execute("listen " + channel);
    }
    thread = new Thread(this::listen, "load-listener");
    thread.start();
  }

  private void listen() {
    try {
      PGConnection notifications = connection.unwrap(PGConnection.class);
      while (!stopped) {
        PGNotification[] some = notifications.getNotifications(WAIT_MILLIS);
        heard += some == null ? 0 : some.length;
      }
    } catch (SQLException e) {
      throw new IllegalStateException("after %d notifications".formatted(heard), e);
    }
  }

  @Override
  public void close() throws SQLException {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
  }
}
