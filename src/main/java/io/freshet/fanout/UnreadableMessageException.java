package io.freshet.fanout;

import org.jspecify.annotations.Nullable;

/** What has come over the bus cannot be read. What it told of is unknown: it counts as a gap. */
public final class UnreadableMessageException extends Exception {

  private static final long serialVersionUID = 1L;

  UnreadableMessageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
