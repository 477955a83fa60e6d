package io.freshet.hibernate;

import java.sql.Connection;
import java.sql.SQLException;
import org.hibernate.dialect.Dialect;
import org.hibernate.engine.jdbc.connections.spi.DatabaseConnectionInfo;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;

/** As {@link ObservingConnectionProvider}, for a connection per tenant. */
final class ObservingMultiTenantConnectionProvider<T>
    extends WrappedService<MultiTenantConnectionProvider<T>>
    implements MultiTenantConnectionProvider<T> {

  private static final long serialVersionUID = 1L;

  ObservingMultiTenantConnectionProvider(MultiTenantConnectionProvider<T> wrapped) {
    super(wrapped);
  }

  @Override
  public Connection getAnyConnection() throws SQLException {
    return observe(wrapped().getAnyConnection());
  }

  @Override
  public void releaseAnyConnection(Connection connection) throws SQLException {
    ObservedConnection.giveBack(connection, wrapped()::releaseAnyConnection);
  }

  @Override
  public Connection getConnection(T tenant) throws SQLException {
    return observe(wrapped().getConnection(tenant));
  }

  @Override
  public Connection getReadOnlyConnection(T tenant) throws SQLException {
    return observe(wrapped().getReadOnlyConnection(tenant));
  }

  @Override
  public void releaseConnection(T tenant, Connection connection) throws SQLException {
    ObservedConnection.giveBack(connection, raw -> wrapped().releaseConnection(tenant, raw));
  }

  @Override
  public void releaseReadOnlyConnection(T tenant, Connection connection) throws SQLException {
    ObservedConnection.giveBack(
        connection, raw -> wrapped().releaseReadOnlyConnection(tenant, raw));
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
}
