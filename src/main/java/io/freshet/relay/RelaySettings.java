package io.freshet.relay;

import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.wal.DurableSlot;
import java.time.Duration;

/**
 * What a relay listens to, and where it tells of it. Immutable.
 *
 * @param database the PostgreSQL, itself and not a pooler before it; its patience is that of the
 *     relay: how long an answer of database or broker may take before the connection counts as dead
 * @param source how it listens
 * @param bus where it tells; relays of one database that share a channel stand by for each other
 * @param limits the rest
 */
public record RelaySettings(FeedTarget database, Source source, BusSettings bus, Limits limits) {

  /** The default patience. */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(8);

  /** How a relay listens to PostgreSQL. */
  public enum Source {
    /** To triggers. What was committed while no relay listened is unknown: every node resets. */
    NOTIFY,
    /** By logical replication and a permanent slot, which remembers while no relay reads. */
    WAL
  }

  /**
   * Limits of a relay.
   *
   * @param maxKeys more rows of one table in one transaction than this are told as the table; at
   *     least 1
   * @param slot the permanent slot of {@link Source#WAL}
   * @param slotWarningBytes how much of the log the slot may hold back before there is a warning
   */
  public record Limits(int maxKeys, String slot, long slotWarningBytes) {

    /** The default name of the slot. */
    public static final String DEFAULT_SLOT = "freshet_relay";

    /** The default of the warning: a gigabyte. */
    public static final long DEFAULT_SLOT_WARNING_BYTES = 1L << 30;

    /**
     * Checks.
     *
     * @throws FreshetConfigurationException for what is not allowed
     */
    public Limits {
      if (maxKeys < 1) {
        throw new FreshetConfigurationException(
            "A relay tells at least 1 row of a table, not " + maxKeys);
      }
      try {
        new DurableSlot(slot);
      } catch (IllegalArgumentException e) {
        throw new FreshetConfigurationException(String.valueOf(e.getMessage()), e);
      }
      if (slotWarningBytes < 1) {
        throw new FreshetConfigurationException(
            "The slot may hold back at least 1 byte before there is a warning, not "
                + slotWarningBytes);
      }
    }
  }
}
