package io.freshet.postgres.wal;

/**
 * The replication stream holds something that is not pgoutput as the documentation describes it.
 * What it announced is unknown: the stream cannot be trusted from here on, and has to begin anew
 * with a reset.
 */
public final class MalformedReplicationException extends Exception {

  MalformedReplicationException(String message) {
    super(message);
  }

  MalformedReplicationException(String message, Throwable cause) {
    super(message, cause);
  }
}
