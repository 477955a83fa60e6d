package io.freshet.change;

import java.util.List;

/**
 * All changes of one committed transaction, in commit order. Immutable.
 *
 * @param changes the changes; none where the transaction wrote nothing
 */
public record ChangeSet(List<Change> changes) {

  /** A transaction that changed nothing. */
  public static final ChangeSet EMPTY = new ChangeSet(List.of());

  public ChangeSet {
    changes = List.copyOf(changes);
  }

  /** Whether nothing changed. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }
}
