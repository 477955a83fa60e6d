package io.freshet.sql;

import io.freshet.change.Operation;
import io.freshet.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * A place in a statement that writes a table.
 *
 * @param operation how; ANY for MERGE and SELECT INTO
 * @param verb the position of the verb
 * @param target the written table
 * @param end the position after the target
 * @param alias what the statement calls the target, or null
 */
record WriteSite(
    Operation operation, int verb, QualifiedName target, int end, @Nullable String alias) {

  TableName table() {
    return target.table();
  }
}
