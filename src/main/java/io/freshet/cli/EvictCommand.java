package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.postgres.feed.Announcement;
import io.freshet.postgres.feed.FeedTarget;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code freshet evict}. Filled by picocli. */
@Command(
    name = "evict",
    description = {
      "Tells every cache to forget what depends on a table or view, or on one row of a table.",
      "Through the database, or through a relay if a bus is given. Needs no right but to connect. A"
          + " key that begins with - comes after --."
    })
final class EvictCommand implements Callable<Integer> {

  private static final String HAS_EVICT =
      "select pg_catalog.to_regprocedure('freshet.evict(text)') is not null";

  private static final String TRACKED_KEY =
      """
      select t.key from freshet.tracked() t
      where t.relation::oid = ?::bigint::oid and t.key <> '{}'""";

  private static final String EVICT = "select freshet.evict(?)::text";

  private static final String EVICT_ROW = "select freshet.evict(?, variadic ?)::text";

  @ArgGroup(exclusive = false, validate = false, heading = ConnectionOptions.HEADING)
  private ConnectionOptions connection = new ConnectionOptions();

  @ArgGroup(exclusive = false, validate = false, heading = BusOptions.HEADING)
  private BusOptions bus = new BusOptions();

  @Parameters(
      index = "0",
      paramLabel = "TABLE",
      description = "The table or view, as in a statement: product, shop.product.")
  private String table = "";

  @Parameters(
      index = "1..*",
      paramLabel = "KEY",
      description = "The values of the row's key, in its order; without, the whole table.")
  private List<String> key = List.of();

  private final Shell shell;

  EvictCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException {
    Optional<BusSettings> overBus =
        connection.isGiven() && !bus.isGiven()
            ? Optional.empty()
            : bus.settings(shell.terminal(), shell.secrets());
    if (overBus.isPresent()) {
      Change told = BusEviction.evict(overBus.get(), table, key);
      report(table, told instanceof RowChange row ? row.before().values() : Map.of());
      return ExitCode.OK;
    }
    FeedTarget target = connection.target(shell.terminal(), shell.secrets());
    ConnectionOptions.connected(
        target,
        open -> {
          evict(open);
          return ExitCode.OK;
        });
    return ExitCode.OK;
  }

  private void evict(Connection open) throws SQLException, CliException {
    Tables.Found found = Tables.find(open, table);
    boolean schema = Query.truth(open, HAS_EVICT);
    Map<String, @Nullable Object> row = row(open, found, schema);
    String name = SqlText.qualified(found.name());
    if (!schema) {
      Announcement.send(open, new ChangeSet(List.of(change(found, row))));
    } else if (key.isEmpty()) {
      Query.text(open, EVICT, name);
    } else {
      Query.text(open, EVICT_ROW, name, open.createArrayOf("text", key.toArray()));
    }
    report(name, row);
  }

  private void report(String name, Map<String, @Nullable Object> row) {
    StringBuilder text = new StringBuilder("told all caches to forget ").append(Visible.text(name));
    row.forEach((column, value) -> text.append("  ").append(column).append('=').append(value));
    shell.print(text.toString());
  }

  /** The key's columns with the given values, in the key's order; nothing for the whole table. */
  private Map<String, @Nullable Object> row(Connection open, Tables.Found found, boolean schema)
      throws SQLException, CliException {
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    if (key.isEmpty()) {
      return row;
    }
    List<String> columns = found.key();
    if (schema) {
      List<List<String>> tracked =
          Query.list(open, TRACKED_KEY, one -> Query.strings(one.getArray(1)), found.oid());
      columns = tracked.isEmpty() ? columns : tracked.get(0);
    }
    if (columns.size() != key.size()) {
      throw CliException.usage(
          columns.isEmpty()
              ? "%s has no key: give the table alone, to forget all its rows".formatted(table)
              : "the key of %s is (%s): give %d value(s), not %d"
                  .formatted(table, String.join(", ", columns), columns.size(), key.size()));
    }
    for (int i = 0; i < columns.size(); i++) {
      row.put(columns.get(i), key.get(i));
    }
    return row;
  }

  private static Change change(Tables.Found found, Map<String, @Nullable Object> row) {
    RowValues values = new RowValues(row);
    return row.isEmpty()
        ? TableChange.anything(found.name())
        : new RowChange(found.name(), Operation.ANY, values, values, ColumnSet.ALL);
  }
}
