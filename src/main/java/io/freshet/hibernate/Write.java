package io.freshet.hibernate;

import io.freshet.change.Change;
import io.freshet.mapping.Footprint;
import java.util.List;

/**
 * One write: what it touches here, and what it did, for those who are told. Immutable.
 *
 * @param footprint what depends on it in this session factory
 * @param changes what it did, to tables of any mapping; none unless this node publishes
 */
record Write(Footprint footprint, List<Change> changes) {

  static final Write NOTHING = new Write(Footprint.NOTHING, List.of());

  Write {
    changes = List.copyOf(changes);
  }

  boolean isEmpty() {
    return footprint.isEmpty() && changes.isEmpty();
  }

  /** The same, but for an entry that Hibernate itself takes care of. */
  Write without(String region, Object key) {
    return new Write(footprint.without(region, key), changes);
  }
}
