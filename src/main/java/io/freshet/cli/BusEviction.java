package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.Names;
import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.BusFeed;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** {@code evict} by a relay, which knows the tables; no database is asked. Stateless. */
final class BusEviction {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_NEAR = 3;

  private BusEviction() {}

  /** Has the relay tell everybody; gives what was told. */
  static Change evict(BusSettings settings, String table, List<String> key) throws CliException {
    AtomicReference<List<TrackedTable>> tables = new AtomicReference<>(List.of());
    FirstBarrier caughtUp = new FirstBarrier();
    try (BusFeed feed = BusOptions.feed(BusOptions.open(settings), tables::set)) {
      feed.start(caughtUp);
      if (!caughtUp.await(PATIENCE)) {
        throw new CliException(ExitCode.TIMEOUT, "no relay answers: " + feed.trouble());
      }
      Change change = change(find(Objects.requireNonNull(tables.get()), table), key);
      feed.announce(new ChangeSet(List.of(change)), PATIENCE);
      return change;
    } catch (TimeoutException e) {
      throw new CliException(ExitCode.TIMEOUT, String.valueOf(e.getMessage()), e);
    } catch (IllegalStateException e) {
      throw new CliException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(ExitCode.FAILED, "interrupted", e);
    }
  }

  private static TrackedTable find(List<TrackedTable> tables, String name) throws CliException {
    TableName wanted = TableName.parse(name);
    List<TrackedTable> found = tables.stream().filter(one -> one.table().mayBe(wanted)).toList();
    if (found.size() == 1) {
      return found.get(0);
    }
    List<String> all = tables.stream().map(one -> one.table().toString()).sorted().toList();
    throw CliException.usage(
        found.isEmpty()
            ? "the relay does not tell of %s; near it are %s"
                .formatted(name, Names.nearest(name, all, MOST_NEAR))
            : "%s is in several schemas: name one of %s"
                .formatted(name, found.stream().map(TrackedTable::table).toList()));
  }

  private static Change change(TrackedTable table, List<String> key) throws CliException {
    if (key.isEmpty()) {
      return TableChange.anything(table.table());
    }
    RowValues row = new RowValues(values(table, key));
    return new RowChange(table.table(), Operation.ANY, row, row, ColumnSet.ALL);
  }

  private static Map<String, @Nullable Object> values(TrackedTable table, List<String> key)
      throws CliException {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    if (table.key().size() == 1 && key.size() == 1) {
      values.put(table.key().iterator().next(), key.get(0));
      return values;
    }
    for (String one : key) {
      int equals = one.indexOf('=');
      if (equals > 0) {
        values.put(one.substring(0, equals), one.substring(equals + 1));
      }
    }
    if (table.key().isEmpty() || !values.keySet().equals(table.key())) {
      throw CliException.usage(
          "the key of %s is %s: give each as column=value"
              .formatted(table.table(), table.key().stream().sorted().toList()));
    }
    return values;
  }
}
