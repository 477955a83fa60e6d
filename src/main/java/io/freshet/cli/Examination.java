package io.freshet.cli;

import io.freshet.postgres.feed.FeedTarget;
import java.sql.Connection;
import java.time.Duration;

/**
 * A database that is looked at, and what was found. Only {@code findings} changes.
 *
 * @param target the database
 * @param connection to it
 * @param old from what age on a transaction is suspicious
 * @param findings where to note what was found
 */
record Examination(FeedTarget target, Connection connection, Duration old, Findings findings) {

  double oldSeconds() {
    return old.toMillis() / 1e3;
  }
}
