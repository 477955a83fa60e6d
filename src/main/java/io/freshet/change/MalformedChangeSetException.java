package io.freshet.change;

/**
 * A text that should hold a change set does not. What it announced is unknown: whoever reads a
 * stream of change sets has to treat it as a gap, never skip it.
 */
public final class MalformedChangeSetException extends Exception {

  MalformedChangeSetException(String message) {
    super(message);
  }

  MalformedChangeSetException(String message, Throwable cause) {
    super(message, cause);
  }
}
