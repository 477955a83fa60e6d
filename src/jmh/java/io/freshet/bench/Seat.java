package io.freshet.bench;

import java.io.IOException;

/** Where a worker works: a process of its own, or, where nothing is measured, this one. */
interface Seat extends AutoCloseable {

  /**
   * Sends a command and waits for the answer.
   *
   * @throws WorkerFailedException if it failed
   */
  Words ask(Words command) throws IOException;

  @Override
  void close() throws IOException;
}
