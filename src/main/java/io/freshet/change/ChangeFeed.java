package io.freshet.change;

import java.util.List;
import java.util.Optional;

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

  /**
   * Nobody will ask again for what was told up to this place, not even after a restart. Does not
   * block. Only a feed that remembers across restarts makes use of it.
   */
  default void acknowledge(LogPosition position) {}

  /** What has come through so far. */
  Statistics statistics();

  /** What keeps barriers from coming back, for people; empty if nothing is known to. */
  default String trouble() {
    return "";
  }

  /** Whether everybody's commits are told at the moment, and not only those of some. */
  default boolean tellsEverything() {
    return true;
  }

  /** Ends the feed and gives its connections back. Waits for a call of the listener that runs. */
  @Override
  void close();

  /**
   * What a feed tells. Calls do not overlap, and each happens before the next.
   *
   * <h2>Order of events</h2>
   *
   * <ol>
   *   <li>{@link #begins}, and by default {@link #reset}: every commit that ended before this call
   *       is visible to snapshots taken after it, and will not be told. Every later commit will be,
   *       but perhaps for some that end before the first barrier comes back: what was read before
   *       that must not be cached after it.
   *   <li>{@link #changes} and {@link #barrier}, in the order of the commits. A change set is told
   *       only once snapshots taken from now on contain its transaction.
   *   <li>{@link #interrupted}: nothing more comes until the next {@link #reset}.
   * </ol>
   */
  interface Listener {

    /**
     * The stream begins, or begins anew.
     *
     * @param beginning for listeners that may have heard enough of an earlier stream to go on
     */
    default void begins(Beginning beginning) {
      reset(beginning.reason());
    }

    /** What was committed before is not told, and everything that depends on it is suspect. */
    void reset(String reason);

    /** A transaction has committed, and is visible to every snapshot taken from now on. */
    void changes(ChangeSet changes);

    /**
     * Every commit up to this place of the database's log has been told. Only from feeds that know
     * places; never goes back within one stream.
     */
    default void reached(LogPosition position) {}

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
   * What is known as a stream begins. Immutable.
   *
   * @param reason why it begins, for people
   * @param from where a feed goes on that remembers across restarts: every commit behind this place
   *     will be told, so that who was told everything up to it, or beyond, has missed nothing
   * @param signature differs from that of an earlier stream if, in between, anything may have
   *     changed that makes the database tell of changes
   * @param tables what is told, by qualified names as the catalog spells them
   */
  record Beginning(
      String reason, Optional<LogPosition> from, String signature, List<TrackedTable> tables) {
    public Beginning {
      tables = List.copyOf(tables);
    }
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
