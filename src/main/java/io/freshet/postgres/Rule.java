package io.freshet.postgres;

import io.freshet.change.Operation;
import java.util.Set;

/**
 * A rule on a write, not the one that makes a view.
 *
 * @param relation the table or view it belongs to
 * @param event the letter in {@code pg_rewrite.ev_type}
 * @param relations what its actions name, read or written; its own relation always among them
 * @param routines the functions its actions call
 */
record Rule(long relation, char event, Set<Long> relations, Set<Long> routines) {

  private static final char SELECT = '1';

  boolean fires(Operation operation) {
    return switch (operation) {
      case UPDATE -> event == '2';
      case INSERT -> event == '3';
      case DELETE -> event == '4';
      case ANY -> true;
      // TRUNCATE is not rewritten
      case TRUNCATE -> false;
    };
  }

  boolean makesView() {
    return event == SELECT;
  }
}
