package io.freshet.postgres.feed;

import io.freshet.postgres.wal.ConnectionFailure;
import io.freshet.postgres.wal.FeedUnavailableException;
import java.sql.SQLException;
import java.util.Set;

/** Says for people why a feed does not run. Stateless. */
public final class FeedFailure {

  /**
   * The server is not there, starts, stops, or has no connection left, or others hold a lock or a
   * replication slot (PostgreSQL documentation, appendix A).
   */
  private static final Set<String> PASSING =
      Set.of(
          "08000", "08001", "08003", "08006", "40P01", "53300", "55006", "55P03", "57P01", "57P02",
          "57P03");

  /** Of a replication connection it says that max_wal_senders is too low. */
  private static final String NO_CONNECTION_LEFT = "53300";

  private FeedFailure() {}

  /** Whether the same attempt may succeed later, with nobody having changed any setting. */
  public static boolean mayPass(SQLException failure) {
    return PASSING.contains(state(failure));
  }

  /** The same of a stream, once its database had been reached and looked at. */
  static boolean streamMayRecover(Throwable failure) {
    return failure instanceof SQLException sql
        && mayPass(sql)
        && !state(sql).equals(NO_CONNECTION_LEFT);
  }

  private static String state(SQLException failure) {
    String state = failure.getSQLState();
    if (state == null
        && failure.getCause() instanceof FeedUnavailableException unavailable
        && unavailable.getCause() instanceof SQLException reason) {
      return state(reason);
    }
    return state == null ? "" : state;
  }

  /** What happened and what to do; never with a password. */
  public static String explain(Throwable failure, FeedTarget target) {
    if (failure instanceof SQLException sql && sql.getSQLState() != null) {
      return ConnectionFailure.explain(sql, target.url());
    }
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
