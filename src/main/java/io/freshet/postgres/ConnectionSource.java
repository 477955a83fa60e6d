package io.freshet.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Lends a connection for the length of one call. Implementations are thread-safe and take the
 * connection back when the call ends, however it ends.
 *
 * <p>It is asked for from a thread that may hold a connection of the application's pool. To wait
 * for a second one there would be a deadlock in the making, so it may be that same connection: then
 * under a savepoint, since a failed query must not take the application's transaction with it.
 */
@FunctionalInterface
public interface ConnectionSource {

  /**
   * Calls the function with a connection, which is neither committed nor rolled back.
   *
   * @throws SQLException what the function threw, or because there is no connection to be had
   */
  <T> T withConnection(SqlFunction<T> function) throws SQLException;

  /** What is done with the connection. */
  @FunctionalInterface
  interface SqlFunction<T> {

    /**
     * Uses the connection without closing it.
     *
     * @throws SQLException from the connection
     */
    T apply(Connection connection) throws SQLException;
  }
}
