package io.freshet.bench;

/** What a worker does for one part and one variant. Used by one thread. */
interface Task extends AutoCloseable {

  /** Does one turn; the answer holds numbers. */
  Words turn(Words command) throws Exception;

  @Override
  void close();
}
