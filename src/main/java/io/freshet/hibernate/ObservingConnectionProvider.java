package io.freshet.hibernate;

import java.sql.Connection;
import java.sql.SQLException;
import org.hibernate.dialect.Dialect;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.engine.jdbc.connections.spi.DatabaseConnectionInfo;
import org.hibernate.engine.jdbc.env.spi.ExtractedDatabaseMetaData;

/**
 * Hands out the application's connections, observed. Everything else is the wrapped provider's.
 * Thread-safe if that one is.
 */
final class ObservingConnectionProvider extends WrappedService<ConnectionProvider>
    implements ConnectionProvider {

  private static final long serialVersionUID = 1L;

  ObservingConnectionProvider(ConnectionProvider wrapped) {
    super(wrapped);
  }

  @Override
  public Connection getConnection() throws SQLException {
    return observe(wrapped().getConnection());
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return observe(wrapped().getConnection(user, password));
  }

  @Override
  public Connection getReadOnlyConnection() throws SQLException {
    return observe(wrapped().getReadOnlyConnection());
  }

  @Override
  public void closeConnection(Connection connection) throws SQLException {
    ObservedConnection.giveBack(connection, wrapped()::closeConnection);
  }

  @Override
  public void closeReadOnlyConnection(Connection connection) throws SQLException {
    ObservedConnection.giveBack(connection, wrapped()::closeReadOnlyConnection);
  }

  @Override
  public boolean supportsAggressiveRelease() {
    return wrapped().supportsAggressiveRelease();
  }

  @Override
  public boolean handlesConnectionSchema() {
    return wrapped().handlesConnectionSchema();
  }

  @Override
  public boolean handlesConnectionReadOnly() {
    return wrapped().handlesConnectionReadOnly();
  }

  @Override
  public DatabaseConnectionInfo getDatabaseConnectionInfo(Dialect dialect) {
    return wrapped().getDatabaseConnectionInfo(dialect);
  }

  @Override
  public DatabaseConnectionInfo getDatabaseConnectionInfo(
      Dialect dialect, ExtractedDatabaseMetaData metaData) {
    return wrapped().getDatabaseConnectionInfo(dialect, metaData);
  }
}
