package io.freshet.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps readers out while commits are under way whose rows are not known: from just before the
 * database commits until the invalidation is done, nobody may be served what was true before.
 * Thread-safe. Nobody waits: whoever meets a raised fence asks the database.
 *
 * <p>Each commit raises the fence for itself and has a deadline of its own. One that outlives it
 * was cut off; whoever meets the fence next invalidates in its place and then {@linkplain
 * #removeExpired removes it}. Should it end after all, that takes nothing from the others.
 */
final class Fence {

  /** One commit's share of the fence. Compared by identity. */
  private static final class Raised {
    private final long deadline;

    Raised(long deadline) {
      this.deadline = deadline;
    }
  }

  private final List<Raised> raised = new CopyOnWriteArrayList<>();

  /**
   * Raises the fence for one more commit.
   *
   * @return what lowers it again, once that commit has ended and its invalidation is done; a second
   *     run does nothing
   */
  Runnable raise(long deadline) {
    Raised mine = new Raised(deadline);
    raised.add(mine);
    return () -> raised.remove(mine);
  }

  boolean isRaised() {
    return !raised.isEmpty();
  }

  /** Whether a commit that raised the fence had time enough to end. */
  boolean hasExpired(long now) {
    return raised.stream().anyMatch(one -> now > one.deadline);
  }

  /**
   * Forgets the commits that had time enough to end. The caller has done their invalidation.
   *
   * @return whether there were any
   */
  boolean removeExpired(long now) {
    return raised.removeIf(one -> now > one.deadline);
  }
}
