package io.freshet.torture;

import java.util.Locale;

/**
 * A read of one cached item.
 *
 * @param node which node
 * @param begin before it began
 * @param end when it had returned
 * @param transaction before its transaction began
 */
record Read(int node, long begin, long end, long transaction, Kind kind, Finding finding) {

  /** Who answered. */
  enum Source {
    /** The cache. */
    HIT,
    /** The database. */
    MISS,
    /** Both, or one cannot tell. */
    MIXED
  }

  /**
   * How it was read.
   *
   * @param snapshot whether the transaction is REPEATABLE READ, and the database so answers as of
   *     its begin
   * @param by the operation, for reports
   */
  record Kind(Source source, boolean snapshot, String by) {}

  /** Nothing that the answer could rest on was fixed before. */
  long reference() {
    return kind.snapshot && kind.source != Source.HIT ? transaction : begin;
  }

  @Override
  public String toString() {
    return "node %d, %s, %s%s: %s"
        .formatted(
            node,
            kind.by,
            kind.source.name().toLowerCase(Locale.ROOT),
            kind.snapshot ? ", repeatable read" : "",
            finding);
  }
}
