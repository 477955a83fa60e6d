package io.freshet.load;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.RowChange;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What some nodes were told of the rows of one table, taken together. Thread-safe. */
final class Told {

  /** The table's key. */
  static final String KEY = "id";

  private final AtomicIntegerArray nodes;
  private final AtomicLongArray lastNanos;
  private final LongAdder rows = new LongAdder();
  private final LongAdder tables = new LongAdder();

  /**
   * @param table how many rows the table has, with keys from 1
   */
  Told(int table) {
    nodes = new AtomicIntegerArray(table + 1);
    lastNanos = new AtomicLongArray(table + 1);
  }

  void changes(ChangeSet changes) {
    long now = System.nanoTime();
    for (Change change : changes.changes()) {
      // triggers tell the new row only where the key or a watched column has changed
      if (change instanceof RowChange row && row.before().knows(KEY)) {
        int id = Integer.parseInt(String.valueOf(row.before().get(KEY)));
        lastNanos.accumulateAndGet(id, now, Math::max);
        nodes.incrementAndGet(id);
        rows.increment();
      } else {
        tables.increment();
      }
    }
  }

  /** How often this row was told of. */
  int times(int id) {
    return nodes.get(id);
  }

  /** When it was told of for the last time, by {@link System#nanoTime()}. */
  long lastNanos(int id) {
    return lastNanos.get(id);
  }

  /** Rows told of. */
  long rows() {
    return rows.sum();
  }

  /** Tables told of instead of rows. */
  long tables() {
    return tables.sum();
  }
}
