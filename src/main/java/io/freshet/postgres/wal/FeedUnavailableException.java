package io.freshet.postgres.wal;

/**
 * The stream cannot begin. The message says what happened and what to do, for people; it holds no
 * password. Trying again is right: what is missing may be there by then.
 */
public final class FeedUnavailableException extends Exception {

  FeedUnavailableException(String message) {
    super(message);
  }

  FeedUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
