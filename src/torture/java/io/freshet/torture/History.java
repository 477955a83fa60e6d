package io.freshet.torture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What was written, when it can have become visible, and what each node had applied when. Built
 * once, by one thread, then only read, by any.
 */
final class History {

  /** Rows by table and key. */
  private final Map<String, Map<String, Timeline>> tables;

  /** By node, table and key: from when on no version before this one may be returned. */
  private final Map<Integer, Map<String, Map<String, NavigableMap<Long, Integer>>>> floors;

  /** By node: from when on everything that had ended before a moment is applied. */
  private final Map<Integer, NavigableMap<Long, Long>> barriers;

  private final Map<String, Builder.Commit> commits;

  private History(Builder builder) {
    this.tables = builder.timelines();
    this.floors = builder.floors(tables);
    this.barriers = builder.barriers();
    this.commits = Map.copyOf(builder.commits);
  }

  Map<String, Timeline> table(String table) {
    return tables.getOrDefault(table, Map.of());
  }

  /** A row that nobody has ever written has a timeline too. */
  Timeline row(String table, String key) {
    Timeline found = table(table).get(key);
    return found == null ? new Timeline(List.of()) : found;
  }

  /** How many transactions' versions there are. */
  long versions() {
    return tables.values().stream()
        .flatMap(rows -> rows.values().stream())
        .mapToLong(row -> row.versions().size() - 1L)
        .sum();
  }

  /** The oldest version that the node may still return at that moment. */
  int floor(int node, String table, String key, long moment) {
    NavigableMap<Long, Integer> marks =
        floors
            .getOrDefault(node, Map.of())
            .getOrDefault(table, Map.of())
            .getOrDefault(key, new TreeMap<>());
    Map.Entry<Long, Integer> mark = marks.floorEntry(moment);
    return mark == null ? 0 : mark.getValue();
  }

  /**
   * The same, as far as it makes a difference to what the row belongs to: the last of the node's
   * own versions that joined or left it. What else the node wrote there evicts nothing of it.
   */
  int floor(int node, Finding.Members members, String key, long moment) {
    Timeline row = row(members.table(), key);
    int newest = floor(node, members.table(), key, moment);
    List<Integer> moves = row.moves(members.column(), members.value());
    for (int i = moves.size() - 1; i >= 0; i--) {
      int move = moves.get(i);
      if (move <= newest && isOwn(node, row.versions().get(move).transaction(), moment)) {
        return move;
      }
    }
    return 0;
  }

  private boolean isOwn(int node, String transaction, long moment) {
    Builder.Commit commit = commits.get(transaction);
    return commit != null && commit.node == node && commit.end <= moment;
  }

  /** When the last barrier that had returned to the node at that moment began. */
  long barrier(int node, long moment) {
    Map.Entry<Long, Long> mark = barriers.getOrDefault(node, new TreeMap<>()).floorEntry(moment);
    return mark == null ? Long.MIN_VALUE : mark.getValue();
  }

  /** Collects what is known. Not thread-safe. */
  static final class Builder {

    private record Written(long sequence, String transaction, Finding.Row row) {}

    private record Commit(int node, long begin, long end) {}

    private record Barrier(int node, long begin, long end) {}

    private final List<Written> written = new ArrayList<>();
    private final Map<String, Span> observed = new HashMap<>();
    private final Map<String, Commit> commits = new HashMap<>();
    private final List<Barrier> barriers = new ArrayList<>();

    /** The database has journalled a version; it is committed. */
    Builder version(long sequence, String transaction, Finding.Row row) {
      written.add(new Written(sequence, transaction, row));
      return this;
    }

    /**
     * An observer has seen a transaction.
     *
     * @param span from when it was last looked for and not there, until it had been seen
     */
    Builder observed(String transaction, Span span) {
      observed.put(transaction, span);
      return this;
    }

    /**
     * A writer has committed, or has tried to.
     *
     * @param node the node, or -1 for somebody else
     * @param begin before the commit was sent
     * @param end when it had returned; {@link Long#MAX_VALUE} if it failed
     */
    Builder commit(String transaction, int node, long begin, long end) {
      commits.put(transaction, new Commit(node, begin, end));
      return this;
    }

    /** A barrier of a node, which has returned. */
    Builder barrier(int node, long begin, long end) {
      barriers.add(new Barrier(node, begin, end));
      return this;
    }

    History build() {
      return new History(this);
    }

    private Span visible(String transaction) {
      Span seen = observed.getOrDefault(transaction, Span.EVER);
      Commit commit = commits.get(transaction);
      return commit == null
          ? seen
          : new Span(Math.max(seen.from(), commit.begin), Math.min(seen.to(), commit.end));
    }

    private Map<String, Map<String, Timeline>> timelines() {
      written.sort(Comparator.comparingLong(Written::sequence));
      Map<String, Map<String, List<Written>>> byRow = new LinkedHashMap<>();
      for (Written one : written) {
        byRow
            .computeIfAbsent(one.row.table(), table -> new LinkedHashMap<>())
            .computeIfAbsent(one.row.key(), key -> new ArrayList<>())
            .add(one);
      }
      Map<String, Map<String, Timeline>> timelines = new HashMap<>();
      byRow.forEach(
          (table, rows) -> {
            Map<String, Timeline> made = new HashMap<>();
            rows.forEach((key, versions) -> made.put(key, timeline(versions)));
            timelines.put(table, made);
          });
      return timelines;
    }

    /** Of several versions by one transaction, only the last one was ever visible. */
    private Timeline timeline(List<Written> all) {
      List<Timeline.Version> versions = new ArrayList<>();
      for (int i = 0; i < all.size(); i++) {
        Written one = all.get(i);
        boolean last = i + 1 == all.size() || !all.get(i + 1).transaction.equals(one.transaction);
        if (last) {
          Span visible = visible(one.transaction);
          versions.add(
              new Timeline.Version(one.row.state(), one.transaction, visible.from(), visible.to()));
        }
      }
      return new Timeline(inOrder(versions));
    }

    /** A version is not seen before its predecessor, and no later than its successor. */
    private static List<Timeline.Version> inOrder(List<Timeline.Version> versions) {
      List<Timeline.Version> ordered = new ArrayList<>(versions);
      long from = Long.MIN_VALUE;
      for (int i = 0; i < ordered.size(); i++) {
        Timeline.Version one = ordered.get(i);
        from = Math.max(from, one.from());
        ordered.set(i, new Timeline.Version(one.state(), one.transaction(), from, one.seen()));
      }
      long seen = Long.MAX_VALUE;
      for (int i = ordered.size() - 1; i >= 0; i--) {
        Timeline.Version one = ordered.get(i);
        seen = Math.min(seen, one.seen());
        ordered.set(i, new Timeline.Version(one.state(), one.transaction(), one.from(), seen));
      }
      return ordered;
    }

    private Map<Integer, Map<String, Map<String, NavigableMap<Long, Integer>>>> floors(
        Map<String, Map<String, Timeline>> timelines) {
      Map<Integer, Map<String, Map<String, NavigableMap<Long, Integer>>>> floors = new HashMap<>();
      timelines.forEach(
          (table, rows) ->
              rows.forEach(
                  (key, row) -> {
                    for (int i = 1; i < row.versions().size(); i++) {
                      Commit commit = commits.get(row.versions().get(i).transaction());
                      if (commit != null && commit.node >= 0 && commit.end < Long.MAX_VALUE) {
                        raise(marks(floors, commit.node, table, key), commit.end, i);
                      }
                    }
                  }));
      return floors;
    }

    private static NavigableMap<Long, Integer> marks(
        Map<Integer, Map<String, Map<String, NavigableMap<Long, Integer>>>> floors,
        int node,
        String table,
        String key) {
      return floors
          .computeIfAbsent(node, one -> new HashMap<>())
          .computeIfAbsent(table, one -> new HashMap<>())
          .computeIfAbsent(key, one -> new TreeMap<>());
    }

    /** From that moment on at least this much: marks only rise with time. */
    private static <T extends Comparable<T>> void raise(
        NavigableMap<Long, T> marks, long moment, T mark) {
      Map.Entry<Long, T> before = marks.floorEntry(moment);
      if (before != null && before.getValue().compareTo(mark) >= 0) {
        return;
      }
      marks.put(moment, mark);
      marks.tailMap(moment, false).values().removeIf(later -> later.compareTo(mark) <= 0);
    }

    private Map<Integer, NavigableMap<Long, Long>> barriers() {
      Map<Integer, NavigableMap<Long, Long>> marks = new HashMap<>();
      for (Barrier one : barriers) {
        raise(marks.computeIfAbsent(one.node, node -> new TreeMap<>()), one.end, one.begin);
      }
      return marks;
    }
  }
}
