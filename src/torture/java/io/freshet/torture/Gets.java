package io.freshet.torture;

import io.freshet.torture.Read.Source;
import org.hibernate.SessionEventListener;

/** Tells whether the cache or the database answered; of one session. Not thread-safe. */
final class Gets implements SessionEventListener {

  private static final long serialVersionUID = 1;

  private int hits;
  private int statements;

  void reset() {
    hits = 0;
    statements = 0;
  }

  /** Who has answered since the last reset. */
  Source source() {
    if (statements == 0) {
      return Source.HIT;
    }
    return hits == 0 ? Source.MISS : Source.MIXED;
  }

  /** The same of a query, whose gets are also of timestamps. */
  Source querySource() {
    return statements == 0 ? Source.HIT : Source.MISS;
  }

  @Override
  public void cacheGetEnd(boolean hit) {
    if (hit) {
      hits++;
    }
  }

  @Override
  public void jdbcPrepareStatementStart() {
    statements++;
  }
}
