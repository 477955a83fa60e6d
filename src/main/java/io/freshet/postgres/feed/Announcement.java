package io.freshet.postgres.feed;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.RowChange;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Tells all feeds of a database what nobody has written: that something is to be forgotten. Needs
 * no schema {@code freshet} and no right. Stateless.
 */
public final class Announcement {

  /** NOTIFY takes payloads shorter than 8000 bytes (PostgreSQL documentation, NOTIFY). */
  private static final int MOST_BYTES = 7900;

  private static final String HEAD = "{\"v\":1,";

  /** Some servers write no logical messages, and need none. */
  private static final String SEND =
      """
      select pg_catalog.pg_notify('freshet', message),
        case when pg_catalog.current_setting('wal_level') = 'logical'
          then pg_catalog.pg_logical_emit_message(true, 'freshet', message) end
      from pg_catalog.unnest(?::text[]) with ordinality as m (message, i) order by i""";

  private Announcement() {}

  /**
   * Tells all feeds, of both kinds, when the transaction commits; in autocommit that is at once.
   * One statement, so that either all is told or nothing. What is too long for one message becomes
   * several, and a change that is too long by itself one of its table. Nothing is told of nothing.
   */
  public static void send(Connection connection, ChangeSet changes) throws SQLException {
    if (changes.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(SEND)) {
      statement.setArray(1, connection.createArrayOf("text", messages(changes).toArray()));
      statement.execute();
    }
  }

  /** The messages, none of them too long, and no two alike. */
  static List<String> messages(ChangeSet changes) {
    List<String> messages = new ArrayList<>();
    List<Change> part = new ArrayList<>();
    int bytes = bytes(List.of());
    for (Change whole : changes.changes()) {
      Change change = shortened(whole);
      // with the comma; more than it adds
      int added = bytes(List.of(change));
      if (!part.isEmpty() && bytes + added > MOST_BYTES) {
        messages.add(message(part));
        part.clear();
        bytes = bytes(List.of());
      }
      part.add(change);
      bytes += added;
    }
    messages.add(message(part));
    return messages;
  }

  private static Change shortened(Change change) {
    if (bytes(List.of(change)) <= MOST_BYTES) {
      return change;
    }
    if (change instanceof UnknownChange) {
      return new UnknownChange("a reason that is too long to be told");
    }
    TableName table =
        change instanceof RowChange row ? row.table() : ((TableChange) change).table();
    Change anything = TableChange.anything(table);
    return bytes(List.of(anything)) <= MOST_BYTES
        ? anything
        : new UnknownChange("a table whose name is too long to be told");
  }

  /** With a number of its own: NOTIFY would fold equal messages of one transaction. */
  private static String message(List<Change> changes) {
    String json = ChangeSetCodec.encode(new ChangeSet(changes));
    return HEAD + "\"n\":\"" + UUID.randomUUID() + "\"," + json.substring(HEAD.length());
  }

  private static int bytes(List<Change> changes) {
    return message(changes).getBytes(StandardCharsets.UTF_8).length;
  }
}
