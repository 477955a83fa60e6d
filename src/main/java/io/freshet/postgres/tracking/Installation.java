package io.freshet.postgres.tracking;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One transaction that installs something, step by step: a step that lacks a right is undone and
 * becomes a gap, and the others go on. Used once, by one thread.
 */
final class Installation {

  /**
   * Also the time for which new writers of a table may have to wait behind us, while we wait for an
   * old one. The feed tries again, at growing intervals.
   */
  private static final String LIMIT_WAITING = "set local lock_timeout = '200ms'";

  /** Nodes that start together install one after the other; the number means nothing. */
  private static final String ONE_AT_A_TIME =
      "select pg_catalog.pg_advisory_xact_lock(7310579421890345)::text";

  private final Connection connection;
  private final List<Gap> gaps = new ArrayList<>();

  private Installation(Connection connection) {
    this.connection = connection;
  }

  /** All steps of an installation. */
  @FunctionalInterface
  interface Steps {
    void run(Installation installation) throws SQLException;
  }

  /** Something that changes the database. */
  @FunctionalInterface
  interface Step {
    void run() throws SQLException;
  }

  /**
   * Runs the steps in one transaction and commits it.
   *
   * @return the steps that lacked a right
   * @throws SQLException if one failed for any other reason: nothing has been changed, then
   */
  static List<Gap> run(Connection connection, Steps steps) throws SQLException {
    Installation installation = new Installation(connection);
    connection.setAutoCommit(false);
    try {
      Sql.execute(connection, LIMIT_WAITING);
      Sql.text(connection, ONE_AT_A_TIME);
      steps.run(installation);
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      try {
        connection.rollback();
      } catch (SQLException rollback) {
        e.addSuppressed(rollback);
      }
      throw e;
    } finally {
      // without a connection there is no mode to restore, and the reason is on its way up
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
      }
    }
    return List.copyOf(installation.gaps);
  }

  /**
   * Takes one step.
   *
   * @param remedy what mends a missing right, where the database does not say so itself
   * @return whether it was taken
   */
  boolean step(String subject, String remedy, Step step) throws SQLException {
    SQLException refused = attempt(step);
    if (refused != null) {
      gaps.add(MissingRight.gap(subject, refused, remedy));
    }
    return refused == null;
  }

  /** Takes a step that nothing depends on, if there is the right to. */
  void optionalStep(Step step) throws SQLException {
    attempt(step);
  }

  /** Takes a step; gives what was thrown for want of a right, and then it is undone. */
  private @Nullable SQLException attempt(Step step) throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    try {
      step.run();
      connection.releaseSavepoint(savepoint);
      return null;
    } catch (SQLException e) {
      if (!Sql.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        throw e;
      }
      connection.rollback(savepoint);
      return e;
    }
  }
}
