package io.freshet.relay;

import io.freshet.change.ChangeFeed;
import io.freshet.fanout.Sender;
import io.freshet.postgres.wal.SlotState;
import java.time.Duration;
import java.util.Optional;

/**
 * What a relay does at one moment. Immutable.
 *
 * @param role what it is
 * @param trouble what keeps it from telling of changes, for people; empty if nothing does
 * @param terms how often it has become the leader
 * @param work what it has done in its present term; empty for a standby
 * @param slot the replication slot; empty for a standby, and without one
 */
public record RelayStatus(
    Role role, String trouble, long terms, Optional<Work> work, Optional<SlotState> slot) {

  /** What a relay is. */
  public enum Role {
    /** It cannot even know: there is no connection to the database. */
    SEEKING,
    /** Another relay tells; this one waits for it to end. */
    STANDBY,
    /** It tells of changes. */
    LEADER
  }

  /**
   * What a leader has done in its term.
   *
   * @param feed what has come from PostgreSQL
   * @param sender what has gone to the bus
   * @param lag how long the last barrier took through PostgreSQL; empty before the first
   * @param sinceBarrier how long ago that barrier was sent
   */
  public record Work(
      ChangeFeed.Statistics feed,
      Sender.Statistics sender,
      Optional<Duration> lag,
      Duration sinceBarrier) {}

  /** Whether it does what it should. */
  public boolean isHealthy() {
    return trouble.isEmpty() && role != Role.SEEKING;
  }
}
