package io.freshet.audit;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** What can show that a change has been delivered. Thread-safe. */
public interface Proof {

  /** Whether everybody's commits are told here; else nothing can be shown. */
  boolean isPossible();

  /**
   * Returns when every commit that ended before this call has been applied here.
   *
   * @throws TimeoutException if that took too long
   */
  void barrier(Duration timeout) throws TimeoutException, InterruptedException;
}
