package io.freshet.testing;

import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;
import javax.sql.DataSource;
import javax.sql.XAConnection;
import org.postgresql.xa.PGXADataSource;

/**
 * What an application server's data source does: in a JTA transaction everybody is given a handle
 * of the one connection that is enlisted with it. Thread-safe.
 */
public final class EnlistedSource implements DataSource {

  private final PGXADataSource source = new PGXADataSource();
  private final TransactionManager manager;
  private final Map<Transaction, Connection> enlisted = new ConcurrentHashMap<>();

  public EnlistedSource(String url, TransactionManager manager) {
    source.setUrl(url);
    this.manager = manager;
  }

  @Override
  public Connection getConnection() throws SQLException {
    try {
      Transaction transaction = manager.getTransaction();
      if (transaction == null || transaction.getStatus() != Status.STATUS_ACTIVE) {
        XAConnection own = source.getXAConnection();
        return handle(own.getConnection(), own::close);
      }
      Connection connection = enlisted.get(transaction);
      if (connection == null) {
        connection = enlist(transaction);
      }
      return handle(connection, () -> {});
    } catch (Exception e) {
      throw new SQLException(e);
    }
  }

  private Connection enlist(Transaction transaction) throws Exception {
    XAConnection physical = source.getXAConnection();
    transaction.enlistResource(physical.getXAResource());
    Connection connection = physical.getConnection();
    enlisted.put(transaction, connection);
    transaction.registerSynchronization(
        new Synchronization() {
          @Override
          public void beforeCompletion() {}

          @Override
          public void afterCompletion(int status) {
            enlisted.remove(transaction);
            try {
              physical.close();
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          }
        });
    return connection;
  }

  /** What is done when a handle is closed. */
  private interface Closing {
    void run() throws SQLException;
  }

  private static Connection handle(Connection connection, Closing closing) {
    return (Connection)
        Proxy.newProxyInstance(
            EnlistedSource.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                closing.run();
                return null;
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() {
    return Logger.getGlobal();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
