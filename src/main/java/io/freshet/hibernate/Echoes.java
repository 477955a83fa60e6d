package io.freshet.hibernate;

import io.freshet.change.TableName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The feed brings a node's own changes back. Where a flush has cached exactly what the row is, the
 * first change of that row that comes after need not evict it. Thread-safe.
 *
 * <h2>Why nothing stale is kept</h2>
 *
 * <p>A transaction that wants to keep an entry (1) expects one echo of it, (2) commits, (3) caches
 * the entry. The feed tells of changes of one row in the order of their commits, since a writer
 * holds the row until it is visible. It surely tells of this one, which comes after (1): the row
 * was updated by one statement, and each statement's rows are told once: as rows, or, where these
 * are too many, as their table. So the first change of the row that is told after (1) is
 *
 * <ul>
 *   <li>an earlier commit's, which (2) has overtaken: what (3) caches is younger. This
 *       transaction's own echo then finds nothing expected, and evicts without need;
 *   <li>or its own. A later commit's cannot be told before that.
 * </ul>
 *
 * <p>A table that is told may stand for the echo, or not. No echo is expected any more of any row
 * of it, for the next change of such a row may be anybody's: it evicts.
 *
 * <p>No transaction has to be recognised for this, and nothing has to be asked of the database. A
 * commit that failed evicts the row whatever was told. An echo that was not told when a barrier
 * returns that was sent after (2) was never going to be: then the row is evicted as well.
 */
final class Echoes {

  /**
   * An entry that a flush may keep.
   *
   * @param table the table that the flush updated, as mapped
   */
  record Kept(String region, Object key, TableName table) {}

  /** One expected echo. Compared by identity. */
  static final class Expected {
    private final Kept kept;
    private long committedNanos = Long.MAX_VALUE;

    private Expected(Kept kept) {
      this.kept = kept;
    }

    Kept kept() {
      return kept;
    }
  }

  private record Place(String region, Object key) {}

  private final Map<Place, Deque<Expected>> expected = new HashMap<>();

  /** Step (1). */
  synchronized Expected expect(Kept kept) {
    Expected one = new Expected(kept);
    expected
        .computeIfAbsent(new Place(kept.region(), kept.key()), place -> new ArrayDeque<>())
        .add(one);
    return one;
  }

  /** Step (2) has succeeded. */
  synchronized void committed(Expected one, long nowNanos) {
    one.committedNanos = nowNanos;
  }

  /** Step (2) may have failed; the caller evicts the entry. */
  synchronized void forget(Expected one) {
    Place place = new Place(one.kept.region(), one.kept.key());
    Deque<Expected> waiting = expected.get(place);
    if (waiting != null && waiting.remove(one) && waiting.isEmpty()) {
      expected.remove(place);
    }
  }

  /** Whether a change of this row, in this table, is one that was expected; it is not any more. */
  synchronized boolean claim(String region, Object key, TableName table) {
    Place place = new Place(region, key);
    Deque<Expected> waiting = expected.get(place);
    if (waiting == null || !waiting.element().kept.table().mayBe(table)) {
      return false;
    }
    waiting.remove();
    if (waiting.isEmpty()) {
      expected.remove(place);
    }
    return true;
  }

  /** A change of the table has been told, and not by rows: whose it was is not known. */
  synchronized void forget(TableName table) {
    Iterator<Deque<Expected>> places = expected.values().iterator();
    while (places.hasNext()) {
      Deque<Expected> waiting = places.next();
      waiting.removeIf(one -> one.kept.table().mayBe(table));
      if (waiting.isEmpty()) {
        places.remove();
      }
    }
  }

  synchronized boolean isEmpty() {
    return expected.isEmpty();
  }

  /** Takes out what was committed before this moment: it should have been told. */
  synchronized List<Kept> overdue(long nanos) {
    List<Kept> overdue = new ArrayList<>();
    Iterator<Deque<Expected>> places = expected.values().iterator();
    while (places.hasNext()) {
      Deque<Expected> waiting = places.next();
      @Nullable Expected first = waiting.peek();
      while (first != null && first.committedNanos < nanos) {
        overdue.add(waiting.remove().kept);
        first = waiting.peek();
      }
      if (waiting.isEmpty()) {
        places.remove();
      }
    }
    return overdue;
  }

  /** Everything is evicted, or anything may have been told. */
  synchronized void clear() {
    expected.clear();
  }
}
