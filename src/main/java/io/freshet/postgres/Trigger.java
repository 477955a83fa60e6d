package io.freshet.postgres;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import java.util.Set;

/**
 * A trigger that users defined, constraint triggers included, and that is not disabled.
 *
 * @param relation the table or view it belongs to
 * @param name its name
 * @param type {@code pg_trigger.tgtype}
 * @param routine the function it calls
 * @param columns the columns of {@code UPDATE OF}; none where any update fires it
 */
record Trigger(long relation, String name, int type, long routine, Set<String> columns) {

  private static final int ROW = 1;
  private static final int BEFORE = 1 << 1;
  private static final int INSERT = 1 << 2;
  private static final int DELETE = 1 << 3;
  private static final int UPDATE = 1 << 4;
  private static final int TRUNCATE = 1 << 5;
  private static final int INSTEAD = 1 << 6;

  /** Whether a write of these columns fires it. */
  boolean fires(Operation operation, ColumnSet changed) {
    return switch (operation) {
      case INSERT -> has(INSERT);
      case DELETE -> has(DELETE);
      case TRUNCATE -> has(TRUNCATE);
      case UPDATE -> has(UPDATE) && (columns.isEmpty() || changed.mayContainAny(columns));
      case ANY -> true;
    };
  }

  /** Whether it can store another row than the one that was written. */
  boolean isBeforeRow() {
    return has(ROW) && has(BEFORE);
  }

  boolean isInsteadOf() {
    return has(INSTEAD);
  }

  private boolean has(int bit) {
    return (type & bit) != 0;
  }
}
