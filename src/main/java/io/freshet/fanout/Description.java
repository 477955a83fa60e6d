package io.freshet.fanout;

import io.freshet.change.LogPosition;
import io.freshet.change.TrackedTable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a source is, and what it tells of. Immutable.
 *
 * @param kind what stands behind it
 * @param database which database it tells of, so that two with equal tables are not mixed up; empty
 *     of a node
 * @param from as in {@link io.freshet.change.ChangeFeed.Beginning}
 * @param signature as in {@link io.freshet.change.ChangeFeed.Beginning}; empty of a node
 * @param tables as in {@link io.freshet.change.ChangeFeed.Beginning}; none of a node
 */
public record Description(
    Kind kind,
    String database,
    Optional<LogPosition> from,
    String signature,
    List<TrackedTable> tables) {

  /** What stands behind a source. */
  public enum Kind {
    /** A relay, which listens to triggers. */
    NOTIFY,
    /** A relay, which reads the write-ahead log. */
    WAL,
    /** A node, which publishes what it commits itself. */
    NODE;

    /** As it is written in messages. */
    String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws IllegalArgumentException if there is no such kind
     */
    static Kind of(String code) {
      return valueOf(code.toUpperCase(Locale.ROOT));
    }

    /** Whether the source tells of everybody's commits. */
    public boolean isRelay() {
      return this != NODE;
    }
  }

  public Description {
    tables = List.copyOf(tables);
  }
}
