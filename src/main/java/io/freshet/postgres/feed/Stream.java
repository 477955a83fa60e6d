package io.freshet.postgres.feed;

import io.freshet.change.LogPosition;
import io.freshet.postgres.feed.FeedRun.Delivery;
import io.freshet.postgres.tracking.Coverage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * One connection on which PostgreSQL tells of commits, from its opening to its failure. There is
 * one for triggers and one for logical replication.
 */
interface Stream extends AutoCloseable {

  /**
   * Reads on, until {@link #abort} or a failure. Called on a thread of its own.
   *
   * @throws SQLException when the connection fails, or something comes that cannot be understood
   */
  void read(Delivery delivery) throws SQLException;

  /**
   * Sends a barrier, by the side connection; returns when the server has it.
   *
   * @param nonce what {@link Delivery#barrierReturned} is to be called with when it has come back
   */
  void sendBarrier(Connection side, long nonce) throws SQLException;

  /**
   * Delivers what had to wait until it became visible. Called on the side thread whenever its bell
   * has been rung, and again after the time that it asked for.
   *
   * @return after how many nanoseconds to call again; {@link Long#MAX_VALUE} to wait for the bell
   */
  long deliverVisible(Connection side, Delivery delivery) throws SQLException;

  /** Where it goes on, if an earlier stream was read up to there. */
  default Optional<LogPosition> from() {
    return Optional.empty();
  }

  /** Nobody will ask again for what was told up to this place. Does not block. */
  default void acknowledge(LogPosition position) {}

  /** Ends the reading from another thread. Does not wait, and does not throw. */
  void abort();

  /** Gives the connection back. */
  @Override
  void close();

  /** Who has a stream opened. */
  interface Opening {

    /**
     * There is a connection, on which the server may take as long as it likes.
     *
     * @param abort cuts it from another thread; does not wait, and does not throw
     * @throws InterruptedException if the feed is closed: the connection has been cut
     */
    void connected(Runnable abort) throws InterruptedException;

    /** The server lets the stream wait, for this reason. */
    void waiting(String reason);
  }

  /** Opens the stream of one kind of feed. */
  @FunctionalInterface
  interface Source {

    /**
     * Opens the stream. Once this has returned, every commit that snapshots taken from now on might
     * not contain will be told.
     */
    Stream open(FeedTarget target, Connection side, Coverage coverage, Opening opening)
        throws SQLException, InterruptedException;
  }
}
