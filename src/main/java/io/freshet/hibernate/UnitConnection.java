package io.freshet.hibernate;

import java.sql.Connection;
import java.sql.SQLException;
import org.hibernate.engine.jdbc.connections.spi.JdbcConnectionAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/**
 * A connection of the persistence unit's for work of our own, outside every session. Not
 * thread-safe.
 */
final class UnitConnection implements AutoCloseable {

  private final JdbcConnectionAccess access;
  private final Connection connection;

  private UnitConnection(JdbcConnectionAccess access, Connection connection) {
    this.access = access;
    this.connection = connection;
  }

  static UnitConnection of(SessionFactoryImplementor factory) throws SQLException {
    JdbcConnectionAccess access = factory.getJdbcServices().getBootstrapJdbcConnectionAccess();
    return new UnitConnection(access, access.obtainConnection());
  }

  /** The pool's connection: what goes over it is no write of the application's. */
  Connection raw() {
    ObservedConnection observed = ObservedConnection.find(connection);
    return observed == null ? connection : observed.raw();
  }

  @Override
  public void close() throws SQLException {
    access.releaseConnection(connection);
  }
}
