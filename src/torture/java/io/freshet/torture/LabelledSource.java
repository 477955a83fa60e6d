package io.freshet.torture;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A pool that tells the database which transaction it gives a connection to, beneath everything
 * that Freshet sees. It gives out no connection that has died in the pool. Thread-safe.
 */
final class LabelledSource implements DataSource {

  /**
   * What a thread's next connection is for.
   *
   * @param transaction its name in the journal
   * @param snapshot whether it is to be REPEATABLE READ
   */
  record Label(String transaction, boolean snapshot) {}

  private static final ThreadLocal<Label> LABEL =
      ThreadLocal.withInitial(() -> new Label("", false));

  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final String url;
  private final String application;

  /**
   * @param application as {@code pg_stat_activity} shows it
   */
  LabelledSource(String url, String application) {
    this.url = url;
    this.application = application;
  }

  /** Names the transactions that this thread is about to begin. */
  static void label(Label label) {
    LABEL.set(label);
  }

  @Override
  public Connection getConnection() throws SQLException {
    for (Connection old = idle.pollFirst(); old != null; old = idle.pollFirst()) {
      try {
        return lent(prepared(old));
      } catch (SQLException e) {
        end(old);
      }
    }
    return lent(prepared(connect()));
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", application);
    properties.setProperty("connectTimeout", "5");
    return DriverManager.getConnection(url, properties);
  }

  private static Connection prepared(Connection connection) throws SQLException {
    Label label = LABEL.get();
    connection.setTransactionIsolation(
        label.snapshot
            ? Connection.TRANSACTION_REPEATABLE_READ
            : Connection.TRANSACTION_READ_COMMITTED);
    try (PreparedStatement set =
        connection.prepareStatement("select set_config('" + Schema.LABEL + "', ?, false)")) {
      set.setString(1, label.transaction);
      set.execute();
    }
    return connection;
  }

  private Connection lent(Connection connection) {
    boolean[] back = {false};
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "close" -> {
                  if (!back[0]) {
                    back[0] = true;
                    takeBack(connection);
                  }
                  return null;
                }
                case "isClosed" -> {
                  return back[0] || connection.isClosed();
                }
                default -> {
                  try {
                    return method.invoke(connection, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                }
              }
            });
  }

  private void takeBack(Connection connection) {
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
        connection.setAutoCommit(true);
      }
      idle.addFirst(connection);
    } catch (SQLException e) {
      end(connection);
    }
  }

  private static void end(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // it had ended already
    }
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) {
    // nothing is logged
  }

  @Override
  public void setLoginTimeout(int seconds) {
    // always the same
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getGlobal();
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.cast(this);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
