package io.freshet.postgres.tracking;

import io.freshet.change.Change;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.MalformedChangeSetException;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** A database with schema freshet, somebody who writes, and somebody who listens. */
final class TrackingLab implements AutoCloseable {

  static final int MAX_KEYS = 20;

  private static final String BARRIER = "notify freshet, 'barrier'";
  private static final int PATIENCE_MILLIS = 10_000;

  final TestDatabase database = TestDatabase.create();
  final Connection writer;
  private final Connection listener;

  TrackingLab() throws SQLException {
    database.execute(Script.text());
    writer = database.connect();
    listener = database.connect();
    run(listener, "listen freshet");
  }

  /** Tracks a table with {@link #MAX_KEYS}; lists as PostgreSQL writes arrays. */
  void track(String table, String key, String watched) throws SQLException {
    run(
        writer,
        "select freshet.track('%s', '%s', '%s', %d)".formatted(table, key, watched, MAX_KEYS));
  }

  /** Runs statements, each in a transaction of its own unless one began, and says what was told. */
  List<Change> told(String... statements) throws Exception {
    return decoded(messages(statements));
  }

  static List<Change> decoded(List<String> messages) throws MalformedChangeSetException {
    List<Change> changes = new ArrayList<>();
    for (String message : messages) {
      changes.addAll(ChangeSetCodec.decode(message).changes());
    }
    return changes;
  }

  /** The messages themselves. */
  List<String> messages(String... statements) throws SQLException {
    run(writer, statements);
    return drain();
  }

  List<String> drain() throws SQLException {
    database.execute(BARRIER);
    List<String> messages = new ArrayList<>();
    while (true) {
      PGNotification[] arrived =
          listener.unwrap(PGConnection.class).getNotifications(PATIENCE_MILLIS);
      if (arrived.length == 0) {
        throw new AssertionError("the barrier has not come back; before it: " + messages);
      }
      for (PGNotification notification : arrived) {
        if (notification.getParameter().equals("barrier")) {
          return messages;
        }
        if (notification.getParameter().getBytes(StandardCharsets.UTF_8).length >= 8000) {
          throw new AssertionError("too long: " + notification.getParameter());
        }
        messages.add(notification.getParameter());
      }
    }
  }

  static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  Coverage coverage(TrackedTable... tables) throws SQLException {
    return Coverage.resolve(writer, new TrackingPlan(List.of(tables), Set.of()));
  }

  static TrackedTable tracked(String table, Set<String> key, Set<String> watched) {
    return new TrackedTable(TableName.parse(table), key, watched);
  }

  static TableName table(String name) {
    return name.contains(".") ? TableName.parse(name) : new TableName("public", name);
  }

  /** Pairs of column and value. */
  static RowValues values(String... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return new RowValues(values);
  }

  static RowChange inserted(String table, String... after) {
    return new RowChange(
        table(table), Operation.INSERT, RowValues.UNKNOWN, values(after), ColumnSet.ALL);
  }

  static RowChange deleted(String table, String... before) {
    return new RowChange(
        table(table), Operation.DELETE, values(before), RowValues.UNKNOWN, ColumnSet.ALL);
  }

  static RowChange updated(String table, RowValues before, RowValues after, String... unchanged) {
    return new RowChange(
        table(table),
        Operation.UPDATE,
        before,
        after,
        ColumnSet.allExcept(Arrays.asList(unchanged)));
  }

  /** A row that was written as it was. */
  static RowChange touched(String table, String... key) {
    return new RowChange(
        table(table), Operation.UPDATE, values(key), RowValues.UNKNOWN, ColumnSet.NONE);
  }

  static TableChange whole(String table, Operation operation) {
    return new TableChange(table(table), operation, ColumnSet.ALL);
  }

  @Override
  public void close() throws SQLException {
    writer.close();
    listener.close();
    database.close();
  }
}
