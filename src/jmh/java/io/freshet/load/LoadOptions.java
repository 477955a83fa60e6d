package io.freshet.load;

import java.io.PrintWriter;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * How much is measured, and where it is told.
 *
 * @param rounds how often what is compared takes turns
 * @param seconds of each turn
 * @param pace commits per second where they are paced
 * @param regions of the node whose memory is measured
 * @param nodes how many nodes hear of changes where there are many, in turn
 */
record LoadOptions(
    PrintWriter out, int rounds, double seconds, int pace, int regions, List<Integer> nodes) {

  LoadOptions {
    nodes = List.copyOf(nodes);
  }

  /** The most of these nodes. */
  int mostNodes() {
    return Collections.max(nodes);
  }

  void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }
}
