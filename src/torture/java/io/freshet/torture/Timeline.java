package io.freshet.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All committed versions of one row, oldest first. The first is that there is no row. */
final class Timeline {

  /**
   * One version.
   *
   * @param state the observed columns, or null for no row
   * @param transaction who wrote it
   * @param from no reader could see it before
   * @param seen every reader's snapshot from then on shows it, or a later one
   */
  record Version(@Nullable String state, String transaction, long from, long seen) {}

  private final List<Version> versions;
  private final Map<List<Object>, List<Integer>> moves = new ConcurrentHashMap<>();

  Timeline(List<Version> written) {
    List<Version> all = new ArrayList<>();
    all.add(new Version(null, "", Long.MIN_VALUE, Long.MIN_VALUE));
    all.addAll(written);
    this.versions = List.copyOf(all);
  }

  List<Version> versions() {
    return versions;
  }

  /** The places of the versions that began to have the value in the column, or ceased to. */
  List<Integer> moves(int column, String value) {
    return moves.computeIfAbsent(
        List.of(column, value),
        unused -> {
          List<Integer> found = new ArrayList<>();
          boolean before = false;
          for (int i = 0; i < versions.size(); i++) {
            String state = versions.get(i).state;
            boolean now = state != null && States.column(state, column).equals(value);
            if (now != before) {
              found.add(i);
            }
            before = now;
          }
          return List.copyOf(found);
        });
  }

  /** When a version may have been current. */
  Span span(int index) {
    long from = versions.get(index).from;
    long to = index + 1 < versions.size() ? versions.get(index + 1).seen : Long.MAX_VALUE;
    return new Span(from, to);
  }

  /**
   * When the row may have been as described, within a time.
   *
   * @param floor versions before this one do not count
   */
  List<Span> when(Predicate<@Nullable String> state, Span within, int floor) {
    List<Span> spans = new ArrayList<>();
    for (int i = Math.max(floor, firstSurelyOverAfter(within.from())); i < versions.size(); i++) {
      Span span = span(i);
      if (span.from() > within.to()) {
        break;
      }
      if (span.meets(within) && state.test(versions.get(i).state)) {
        Span.append(
            spans,
            new Span(Math.max(span.from(), within.from()), Math.min(span.to(), within.to())));
      }
    }
    return spans;
  }

  /** The first version whose successor was not surely seen before; successors are in order. */
  private int firstSurelyOverAfter(long moment) {
    int low = 0;
    int high = versions.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (span(middle).to() < moment) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Whether a version may have become visible within a time. */
  boolean beganWithin(Span within) {
    for (int i = versions.size() - 1; i > 0 && versions.get(i).seen >= within.from(); i--) {
      if (versions.get(i).from <= within.to()) {
        return true;
      }
    }
    return false;
  }
}
