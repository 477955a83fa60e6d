package io.freshet.change;

/**
 * One row of a table changed.
 *
 * @param table the table
 * @param operation how it was written
 * @param before what is known of the row as it was; {@link RowValues#UNKNOWN} for an insert
 * @param after what is known of the row as it is; {@link RowValues#UNKNOWN} for a delete
 * @param changed the columns that may differ; of no meaning for inserts and deletes
 */
public record RowChange(
    TableName table, Operation operation, RowValues before, RowValues after, ColumnSet changed)
    implements Change {

  /**
   * @throws IllegalArgumentException for a TRUNCATE, which has no rows to name
   */
  public RowChange {
    if (operation == Operation.TRUNCATE) {
      throw new IllegalArgumentException("TRUNCATE of " + table + " names no row: use TableChange");
    }
  }

  /** The same change with nothing known of which row it was. */
  public TableChange anyRow() {
    return new TableChange(table, operation, changed);
  }
}
