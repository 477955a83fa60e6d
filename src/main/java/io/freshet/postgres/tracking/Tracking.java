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

  /**
   * What {@link #install} would run by now, for somebody who prefers to run it himself: commands
   * with their semicolon, in their order, as psql takes them.
   */
  List<String> script(Connection connection, Coverage coverage) throws SQLException;

  /**
   * Takes back what {@link #install} has made for these tables, all in one transaction; with {@link
   * #everything}, for all. Feeds that rely on it are interrupted. Schema {@code freshet} stays.
   *
   * @return what was left, and how to take it back: a missing right, for one
   * @throws SQLException if the connection fails, or a table stays locked by others
   */
  List<Gap> remove(Connection connection, Coverage coverage) throws SQLException;

  /** Everything that keeps changes of the covered tables from being told; empty if nothing does. */
  List<Gap> validate(Connection connection, Coverage coverage) throws SQLException;

  /**
   * A text that differs from an earlier one if, in between, anything was changed that tells of
   * changes, or alters rows on their way into a covered table, or if a change went untold. One
   * query, cheap enough for several a second.
   */
  String signature(Connection connection, Coverage coverage) throws SQLException;

  /**
   * All tables of this database that tell of changes by this way, as they tell of them, and all
   * views that users have made. By qualified names, so that no search path matters; none is no
   * error. Where it is not recorded what a table has to tell, it is its primary key.
   */
  Coverage everything(Connection connection) throws SQLException;

  /**
   * A text that differs from an earlier one if, in between, another table began or ceased to tell
   * of changes by this way, or to tell what it told, or a view came or went. What happens to the
   * tables themselves is in their {@link #signature}.
   */
  String membership(Connection connection) throws SQLException;
}
