package io.freshet.interleaving;

import java.util.ArrayList;
import java.util.List;

/**
 * A database of one row, whose versions only grow, with a clock; and what a reader must be served
 * of it. This is the model that the code under test is held against: what a hit may be depends on
 * nothing but the order of these calls. Each is one step for the scheduler.
 */
final class Row {

  static final String FINE = "fine";

  private long now = 1_000;
  private long applied;
  private int told;

  /** When each version was committed; the first is there from the beginning. */
  private final List<Long> commits = new ArrayList<>(List.of(0L));

  private final ThreadLocal<Long> lookedAt = ThreadLocal.withInitial(() -> 0L);

  synchronized long now() {
    return now;
  }

  synchronized void tick(int ticks) {
    now += ticks;
  }

  /** What a transaction reads. */
  synchronized long read() {
    return commits.size() - 1L;
  }

  synchronized long commit() {
    commits.add(now);
    return commits.size() - 1L;
  }

  /** From now on nobody may be served less. */
  synchronized void apply(long version) {
    applied = Math.max(applied, version);
  }

  /** A commit of this node's. */
  synchronized long commitAndApply() {
    long version = commit();
    apply(version);
    return version;
  }

  /** The least that may be served to who begins now. */
  synchronized long applied() {
    return applied;
  }

  /** The feed's next version, in the order of the commits; 0 if everything has been told. */
  synchronized int nextToTell() {
    return told == commits.size() - 1 ? 0 : ++told;
  }

  /** What has been committed and not told never will be. */
  synchronized void lose() {
    told = commits.size() - 1;
  }

  /** This thread looks at the store. */
  synchronized void looks() {
    lookedAt.set(now);
  }

  /** The last version that was committed more than so many ticks before this thread looked. */
  synchronized long leastAfter(int ticks) {
    return committedBefore(lookedAt.get() - ticks);
  }

  /** The last version that was committed before this moment. */
  synchronized long committedBefore(long moment) {
    int version = commits.size() - 1;
    while (version > 0 && commits.get(version) >= moment) {
      version--;
    }
    return version;
  }

  /** To be served nothing is always allowed. */
  static String judge(Long served, long least) {
    return served == null || served >= least
        ? FINE
        : "served %d, not %d or later".formatted(served, least);
  }
}
