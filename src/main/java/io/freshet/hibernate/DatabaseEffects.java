package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.change.SideEffects;
import io.freshet.change.TableName;
import io.freshet.postgres.ConnectionSource;
import io.freshet.postgres.PostgresCatalog;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the database does of its own accord, asked on behalf of a writer. Thread-safe.
 *
 * <p>The catalog is read over the writer's own connection, under a savepoint. A connection of its
 * own would have to be waited for by a thread that holds one already: with a small pool, or many
 * first writers, that is a deadlock.
 */
final class DatabaseEffects {

  private static final ThreadLocal<@Nullable Supplier<Connection>> LENT = new ThreadLocal<>();

  private final SideEffects sideEffects;

  private DatabaseEffects(SideEffects sideEffects) {
    this.sideEffects = sideEffects;
  }

  /** Effects that are known from elsewhere than a connection. */
  static DatabaseEffects known(SideEffects sideEffects) {
    return new DatabaseEffects(sideEffects);
  }

  /** Effects that are read from PostgreSQL's catalog, over the connections that writers lend. */
  static DatabaseEffects ofPostgres() {
    return new DatabaseEffects(new PostgresCatalog(new Lent()));
  }

  List<Change> widen(Collection<Change> changes, Supplier<Connection> connection) {
    return lending(connection, () -> sideEffects.widen(changes));
  }

  List<Change> ofCalls(Collection<String> functions, Supplier<Connection> connection) {
    return functions.isEmpty()
        ? List.of()
        : lending(connection, () -> sideEffects.ofCalls(functions));
  }

  boolean storesAsWritten(TableName table, Supplier<Connection> connection) {
    return lending(connection, () -> sideEffects.storesAsWritten(table));
  }

  /** The schema has changed: what was read of it is read again when next needed. */
  void refresh() {
    sideEffects.refresh();
  }

  private <T> T lending(Supplier<Connection> connection, Supplier<T> question) {
    LENT.set(connection);
    try {
      return question.get();
    } finally {
      LENT.remove();
    }
  }

  /** The connection that the asking thread has lent. */
  private static final class Lent implements ConnectionSource {

    @Override
    public <T> T withConnection(SqlFunction<T> function) throws SQLException {
      Supplier<Connection> lender = LENT.get();
      if (lender == null) {
        throw new SQLException("no connection to read the catalog with");
      }
      Connection connection = lender.get();
      if (connection.getAutoCommit()) {
        return function.apply(connection);
      }
      Savepoint savepoint = connection.setSavepoint();
      try {
        T result = function.apply(connection);
        connection.releaseSavepoint(savepoint);
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback(savepoint);
        throw e;
      }
    }
  }
}
