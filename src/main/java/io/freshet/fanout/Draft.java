package io.freshet.fanout;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.fanout.Content.Notes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said next, and was not given to the bus yet. Not thread-safe.
 *
 * <p>Everything that is added while the broker is slow becomes part of the same message. That is
 * right because all of it may be said earlier than it was added relative to what was added before:
 * evictions commute, what they are about is visible already, and a message is read in the order of
 * {@link Content}: changes before answers, answers before the position.
 */
final class Draft {

  /** Beyond this many changes, tables are told instead of their rows. */
  static final int MOST_CHANGES = 50_000;

  /** The same, in characters of their values. */
  static final long MOST_WEIGHT = 16 * 1024 * 1024;

  /** Who asks that often, without being answered, will ask again. */
  private static final int MOST_NODES = 10_000;

  private @Nullable Description description;
  private @Nullable String reset;
  private @Nullable String waiting;
  private final List<Change> changes = new ArrayList<>();
  private long weight;
  private final Map<String, Long> answers = new HashMap<>();
  private final Map<String, Long> announced = new HashMap<>();
  private @Nullable LogPosition position;
  private boolean goodbye;

  boolean isEmpty() {
    return description == null
        && reset == null
        && waiting == null
        && changes.isEmpty()
        && answers.isEmpty()
        && announced.isEmpty()
        && position == null
        && !goodbye;
  }

  int size() {
    return changes.size();
  }

  void describe(Description said) {
    description = said;
  }

  void reset(String reason) {
    reset = reason;
  }

  void waiting(String reason) {
    waiting = reason;
  }

  void announce(Request request) {
    addChanges(request.announced());
    announced.put(request.node(), request.number());
  }

  void answer(Map<String, Long> numbers) {
    if (answers.size() + numbers.size() > MOST_NODES) {
      answers.clear();
    }
    numbers.forEach((node, number) -> answers.merge(node, number, Math::max));
    waiting = null;
  }

  void reached(LogPosition told) {
    position = told;
  }

  void goodbye() {
    goodbye = true;
  }

  /** Adds changes; says whether rows had to be given up for their tables. */
  boolean addChanges(ChangeSet more) {
    changes.addAll(more.changes());
    more.changes().forEach(change -> weight += weight(change));
    if (changes.size() <= MOST_CHANGES && weight <= MOST_WEIGHT) {
      return false;
    }
    weight = 0;
    Set<Change> wider = new LinkedHashSet<>();
    for (Change change : changes) {
      wider.add(wider(change));
    }
    changes.clear();
    if (wider.size() > MOST_CHANGES) {
      wider = Set.of(new UnknownChange("too many tables have changed at once"));
    }
    changes.addAll(wider);
    return true;
  }

  private static long weight(Change change) {
    return change instanceof RowChange row ? weight(row.before()) + weight(row.after()) : 0;
  }

  private static long weight(RowValues values) {
    return values.values().values().stream()
        .mapToLong(value -> value instanceof String text ? text.length() : Long.BYTES)
        .sum();
  }

  private static Change wider(Change change) {
    TableName table =
        change instanceof RowChange row
            ? row.table()
            : change instanceof TableChange whole ? whole.table() : null;
    return table == null ? change : TableChange.anything(table);
  }

  /** What a message says that holds all of this; begins a new draft. */
  Content take() {
    Content content =
        new Content(
            Optional.ofNullable(description),
            new Notes(
                Optional.ofNullable(reset),
                Optional.ofNullable(waiting),
                Optional.ofNullable(position),
                goodbye),
            new ChangeSet(changes),
            answers,
            announced);
    clear();
    return content;
  }

  void clear() {
    description = null;
    reset = null;
    waiting = null;
    changes.clear();
    weight = 0;
    answers.clear();
    announced.clear();
    position = null;
    goodbye = false;
  }
}
