package io.freshet.postgres.tracking;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * One way of making PostgreSQL tell of changes. Implementations are stateless and work on
 * connections in autocommit mode, which they leave so.
 */
public interface Tracking {

  /**
   * Creates or updates what is missing, all in one transaction; what is there as it should be is
   * not touched. Several nodes may do this at the same time.
   *
   * @return what could not be mended: a missing right, for one
   * @throws SQLException if the connection fails, or a table stays locked by others
   */
  List<Gap> install(Connection connection, Coverage coverage) throws SQLException;

  /** Everything that keeps changes of the covered tables from being told; empty if nothing does. */
  List<Gap> validate(Connection connection, Coverage coverage) throws SQLException;

  /**
   * A text that differs from an earlier one if, in between, anything was changed that tells of
   * changes, or alters rows on their way into a covered table, or if a change went untold. One
   * query, cheap enough for several a second.
   */
  String signature(Connection connection, Coverage coverage) throws SQLException;
}
