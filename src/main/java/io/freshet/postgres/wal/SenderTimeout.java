package io.freshet.postgres.wal;

import java.time.Duration;

/**
 * How a replication connection is kept alive, and when the server gives up on it. Immutable.
 *
 * <p>The server ends a connection that has not answered for {@code wal_sender_timeout}, and asks
 * after half of it. The driver looks at its clock between messages and when the socket has been
 * silent for the status interval, so that an answer is late by up to that: it is a fifth of the
 * server's timeout. It must not be much shorter: the driver forgets what it has read of a message
 * if the socket falls silent in the middle of it for so long. Whoever watches this stream should
 * therefore have given up on a silent connection before that time.
 *
 * <p>A process that is frozen keeps its slot until the server gives up on it. So a session of which
 * the patience is known has a {@code wal_sender_timeout} of three times that, a minute at most, or
 * the server's own where that is shorter; and it answers after two fifths of it, which is later
 * than whoever watches gives up, and soon enough after the server has asked (at half of it).
 *
 * @param millis the session's {@code wal_sender_timeout}
 * @param statusIntervalMillis after how much silence the driver reports
 */
record SenderTimeout(int millis, int statusIntervalMillis) {

  private static final int ANSWERS_PER_TIMEOUT = 5;
  private static final int PATIENCES_PER_TIMEOUT = 3;
  private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration MAX_STATUS_INTERVAL = Duration.ofSeconds(10);

  /**
   * That of a session which is given up by its watcher after the patience.
   *
   * @param serversMillis the server's own; 0 for none
   */
  static SenderTimeout of(int serversMillis, Duration patience) {
    long wanted =
        Math.min(MAX_TIMEOUT.toMillis(), patience.multipliedBy(PATIENCES_PER_TIMEOUT).toMillis());
    int millis = (int) (serversMillis == 0 ? wanted : Math.min(wanted, serversMillis));
    return new SenderTimeout(millis, bounded(millis / ANSWERS_PER_TIMEOUT * 2));
  }

  /** That of a session that leaves the server's setting as it is; never 0. */
  static int statusIntervalMillis(int serversMillis) {
    return serversMillis == 0
        ? (int) MAX_STATUS_INTERVAL.toMillis()
        : bounded(serversMillis / ANSWERS_PER_TIMEOUT);
  }

  /** With 0 the driver would answer the server only once the next change comes. */
  private static int bounded(int millis) {
    return Math.max(1, Math.min((int) MAX_STATUS_INTERVAL.toMillis(), millis));
  }
}
