package io.freshet.concurrent;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/** Threads that keep no JVM alive, and waiting for their end. Stateless. */
public final class Threads {

  private Threads() {}

  /** A thread that is not started yet. */
  public static Thread daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Makes threads of this name. */
  public static ThreadFactory daemons(String name) {
    return work -> daemon(name, work);
  }

  /**
   * Waits for the end of a thread, which may be the caller's own: then there is nothing to wait
   * for. Whoever is interrupted goes on, still interrupted.
   */
  public static void awaitEnd(Thread thread) {
    awaitEnd(thread, Duration.ZERO);
  }

  /**
   * As {@link #awaitEnd(Thread)}, but not for longer than this.
   *
   * @param limit to the millisecond; zero is no limit
   */
  public static void awaitEnd(Thread thread, Duration limit) {
    if (thread == Thread.currentThread()) {
      return;
    }
    try {
      thread.join(limit.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
