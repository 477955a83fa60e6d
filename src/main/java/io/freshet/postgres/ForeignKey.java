package io.freshet.postgres;

import java.util.List;

/**
 * A foreign key and what it does.
 *
 * @param child the referencing table
 * @param parent the referenced table
 * @param columns the referencing columns
 * @param referenced the referenced columns, in the order of {@code columns}
 * @param actions what happens to the child's rows
 */
record ForeignKey(
    long child, long parent, List<String> columns, List<String> referenced, Actions actions) {

  /** What becomes of a child row. */
  enum Action {
    /** Nothing: the statement fails where there is one. */
    NONE,
    CASCADE,
    SET_NULL,
    SET_DEFAULT;

    /** By the letter in {@code pg_constraint}. */
    static Action of(char code) {
      return switch (code) {
        case 'c' -> CASCADE;
        case 'n' -> SET_NULL;
        case 'd' -> SET_DEFAULT;
        default -> NONE;
      };
    }
  }

  /**
   * The actions.
   *
   * @param onUpdate when the referenced columns get other values
   * @param onDelete when the parent row goes
   * @param onDeleteColumns the columns that SET NULL or SET DEFAULT write on delete
   */
  record Actions(Action onUpdate, Action onDelete, List<String> onDeleteColumns) {}
}
