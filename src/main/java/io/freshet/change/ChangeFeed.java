package io.freshet.change;

/**
 * A stream of change sets from the database into one node, with barriers and resets. Thread-safe.
 *
 * <p>A feed owns its connections and heals itself: whenever it cannot tell what was missed it says
 * so by a reset, and goes on as soon as it can. It never throws at its listener's owner, and never
 * gives up until it is closed.
 */
public interface ChangeFeed extends AutoCloseable {

  /**
   * Begins to deliver. Returns at once; what happens is told to the listener, from threads of the
   * feed's own but never from two at the same time.
   *
   * @throws IllegalStateException if the feed was started before
   */
  void start(Listener listener);

  /**
   * Has a barrier sent as soon as possible, at any rate after this call has begun. Requests that
   * come while one is being sent are answered together by the next. Does not block; does nothing
   * while the feed is disconnected, since its first act after that is a barrier.
   */
  void requestBarrier();

  /** What has come through so far. */
  Statistics statistics();

  /** Ends the feed and gives its connections back. Waits for a call of the listener that runs. */
  @Override
  void close();

  /**
   * What a feed tells. Calls do not overlap, and each happens before the next.
   *
   * <h2>Order of events</h2>
   *
   * <ol>
   *   <li>{@link #reset}: every commit that ended before this call is visible to snapshots taken
   *       after it, and will not be told. Every later commit will be.
   *   <li>{@link #changes} and {@link #barrier}, in the order of the commits. A change set is told
   *       only once snapshots taken from now on contain its transaction.
   *   <li>{@link #interrupted}: nothing more comes until the next {@link #reset}.
   * </ol>
   */
  interface Listener {

    /** The stream begins, or begins anew: what was committed before is not told. */
    void reset(String reason);

    /** A transaction has committed, and is visible to every snapshot taken from now on. */
    void changes(ChangeSet changes);

    /**
     * A barrier has come back: every commit that ended before it was sent has been told, and what
     * tells of changes was found intact after that moment.
     *
     * @param sentNanos {@link System#nanoTime()} just before it was sent
     */
    void barrier(long sentNanos);

    /**
     * The stream is about to begin, and the server lets it wait.
     *
     * @param reason what it waits for, for people
     */
    default void waiting(String reason) {}

    /**
     * The stream has ended, or cannot begin.
     *
     * @param reason what happened and what to do, for people
     */
    void interrupted(String reason);
  }

  /**
   * What has come through since the start. Immutable.
   *
   * @param messages messages from the database, barriers not counted
   * @param rows rows named by them
   * @param reconnects how often the stream had to begin anew
   */
  record Statistics(long messages, long rows, long reconnects) {}
}
