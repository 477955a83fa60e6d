package io.freshet.torture;

import java.util.ArrayList;
import java.util.List;

/**
 * A time during which something may have been so, in nanoseconds of the monotonic clock. Immutable.
 *
 * @param from the first moment
 * @param to the last moment
 */
record Span(long from, long to) {

  /** Always. */
  static final Span EVER = new Span(Long.MIN_VALUE, Long.MAX_VALUE);

  /** Whether there is a common moment. */
  boolean meets(Span other) {
    return from <= other.to && other.from <= to;
  }

  /** The moments that are in one of each; both lists in order and without overlaps. */
  static List<Span> common(List<Span> some, List<Span> others) {
    List<Span> common = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < some.size() && j < others.size()) {
      Span one = some.get(i);
      Span other = others.get(j);
      if (one.meets(other)) {
        common.add(new Span(Math.max(one.from, other.from), Math.min(one.to, other.to)));
      }
      if (one.to < other.to) {
        i++;
      } else {
        j++;
      }
    }
    return common;
  }

  /** Adds a span that does not begin before the last one, which it continues if they meet. */
  static void append(List<Span> spans, Span next) {
    int last = spans.size() - 1;
    if (last >= 0 && spans.get(last).to >= next.from) {
      Span before = spans.get(last);
      spans.set(last, new Span(before.from, Math.max(before.to, next.to)));
    } else {
      spans.add(next);
    }
  }
}
