package io.freshet.postgres.feed;

import io.freshet.change.LogPosition;
import io.freshet.postgres.wal.MalformedReplicationException;
import io.freshet.postgres.wal.WalStream;
import java.sql.SQLException;
import java.util.Optional;

/**
 * How far a stream on a permanent slot has come, and how far it is acknowledged. Thread-safe; no
 * call blocks for longer than another one takes.
 *
 * <p>What the server is told is the smaller of two places, each of which only grows: what the
 * listener has acknowledged, and what it has been told ({@code Visibility.toldTo}). So an
 * acknowledgement of a place that this stream has not come to yet, by somebody who remembers an
 * earlier one, waits for it.
 */
final class Progress {

  /** Something that a command names does not exist. */
  private static final String UNDEFINED_OBJECT = "42704";

  private final WalStream stream;
  private final String history;
  private final long beginning;
  private long reached;
  private long acknowledged;
  private volatile boolean unreadable;

  /**
   * @param beginning the place that the server has confirmed
   */
  Progress(WalStream stream, String history, long beginning) {
    this.stream = stream;
    this.history = history;
    this.beginning = beginning;
    this.reached = beginning;
    this.acknowledged = beginning;
  }

  LogPosition beginning() {
    return new LogPosition(history, beginning);
  }

  /** Everything before this place has been told: gives it if that is more than before. */
  synchronized Optional<LogPosition> reached(long lsn) {
    if (Long.compareUnsigned(lsn, reached) <= 0) {
      return Optional.empty();
    }
    reached = lsn;
    confirm();
    return Optional.of(new LogPosition(history, lsn));
  }

  /** Nobody will ask for what is before this place; of no consequence for another log. */
  synchronized void acknowledge(LogPosition position) {
    if (position.history().equals(history)
        && Long.compareUnsigned(position.offset(), acknowledged) > 0) {
      acknowledged = position.offset();
      confirm();
    }
  }

  private void confirm() {
    long both = Long.compareUnsigned(reached, acknowledged) < 0 ? reached : acknowledged;
    if (Long.compareUnsigned(both, beginning) > 0) {
      stream.confirm(both);
    }
  }

  /**
   * The stream has ended. A slot would begin with the same bytes again: what cannot be understood
   * will never be, nor what was written while there was no publication (PostgreSQL before 18 looks
   * it up in the catalog as it was then, {@code pgoutput.c}).
   */
  void failed(SQLException failure) {
    if (failure.getCause() instanceof MalformedReplicationException
        || UNDEFINED_OBJECT.equals(failure.getSQLState())) {
      unreadable = true;
    }
  }

  /** Whether there is no way on but with a new slot. */
  boolean isUnreadable() {
    return unreadable;
  }
}
