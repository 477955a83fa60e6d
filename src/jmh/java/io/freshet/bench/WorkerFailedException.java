package io.freshet.bench;

/** A worker could not do what it was asked; the message is the first line of the cause. */
final class WorkerFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  WorkerFailedException(String message) {
    super(message);
  }
}
