package io.freshet.postgres.feed;

import io.freshet.change.TrackingPlan;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Tracking;
import java.sql.Connection;
import java.sql.SQLException;

/** Which tables a feed has to tell of. Implementations are immutable and thread-safe. */
public interface Scope {

  /** The tables, as they are by now. */
  Coverage coverage(Connection connection) throws SQLException;

  /**
   * A text that differs from an earlier one if, in between, other tables may have come into the
   * scope, or left it; empty where that cannot be. As cheap as a signature.
   */
  String membership(Connection connection) throws SQLException;

  /** The tables of a plan, found by the connection's search path. */
  static Scope of(TrackingPlan plan) {
    return new Scope() {
      @Override
      public Coverage coverage(Connection connection) throws SQLException {
        return Coverage.resolve(connection, plan);
      }

      @Override
      public String membership(Connection connection) {
        return "";
      }
    };
  }

  /** Whatever the database tells of by this way. */
  static Scope everything(Tracking tracking) {
    return new Scope() {
      @Override
      public Coverage coverage(Connection connection) throws SQLException {
        return tracking.everything(connection);
      }

      @Override
      public String membership(Connection connection) throws SQLException {
        return tracking.membership(connection);
      }
    };
  }
}
