package io.freshet.change;

/**
 * Rows of a table changed, and it is not known which.
 *
 * @param table the table
 * @param operation how it was written
 * @param changed the columns that may differ; of no meaning for inserts and deletes
 */
public record TableChange(TableName table, Operation operation, ColumnSet changed)
    implements Change {

  /** Anything may have happened to any row of the table. */
  public static TableChange anything(TableName table) {
    return new TableChange(table, Operation.ANY, ColumnSet.ALL);
  }
}
