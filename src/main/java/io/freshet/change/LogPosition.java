package io.freshet.change;

/**
 * A place in a database's log. Immutable.
 *
 * @param history which log: places of different ones cannot be compared. Of PostgreSQL, the
 *     system's identifier and the timeline
 * @param offset the place in it; of PostgreSQL, the LSN
 */
public record LogPosition(String history, long offset) {

  /** Whether both are places of one log, and who is here has passed the other, or is there. */
  public boolean hasReached(LogPosition other) {
    return history.equals(other.history) && Long.compareUnsigned(offset, other.offset) >= 0;
  }
}
