package io.freshet.postgres.wal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What {@code pg_current_snapshot()} prints: which transactions a query that begins now can see
 * (PostgreSQL documentation, "Transaction ID and Snapshot Information Functions"). Immutable.
 *
 * <p>The ids in it have 64 bits, those in the replication stream the low 32 of them. No running
 * transaction is further than 2^31 from any other (the server refuses new ones before that,
 * "Preventing Transaction ID Wraparound"), so that the one 64-bit number nearest to {@code xmax}
 * with those low 32 bits is meant: the comparison PostgreSQL itself makes ({@code
 * TransactionIdPrecedes}).
 */
public final class PgSnapshot {

  private final long xmin;
  private final long xmax;
  private final long[] running;

  private PgSnapshot(long xmin, long xmax, long[] running) {
    this.xmin = xmin;
    this.xmax = xmax;
    this.running = running;
  }

  /**
   * Reads {@code xmin:xmax:xip,xip,...}.
   *
   * @throws IllegalArgumentException if the text is no snapshot
   */
  public static PgSnapshot parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw noSnapshot(text, null);
    }
    try {
      long xmin = Long.parseLong(parts[0]);
      long xmax = Long.parseLong(parts[1]);
      long[] running =
          parts[2].isEmpty()
              ? new long[0]
              : Arrays.stream(parts[2].split(",", -1)).mapToLong(Long::parseLong).toArray();
      Arrays.sort(running);
      boolean outside =
          running.length > 0 && (running[0] < xmin || running[running.length - 1] >= xmax);
      if (xmin <= 0 || xmax < xmin || outside) {
        throw noSnapshot(text, null);
      }
      return new PgSnapshot(xmin, xmax, running);
    } catch (NumberFormatException e) {
      throw noSnapshot(text, e);
    }
  }

  /** Every transaction before this one has ended. */
  public long xmin() {
    return xmin;
  }

  /** No transaction from this one on had ended. */
  public long xmax() {
    return xmax;
  }

  /**
   * Whether this snapshot sees what the transaction did, given that it commits or has committed.
   *
   * @param xid the low 32 bits of a top-level transaction's id; snapshots do not list
   *     subtransactions
   */
  public boolean contains(int xid) {
    // the difference wraps at 2^31 on either side of xmax, which is what makes it the nearest
    int distance = xid - (int) xmax;
    long id = xmax + distance;
    return id < xmin || (id < xmax && Arrays.binarySearch(running, id) < 0);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(xmin).append(':').append(xmax).append(':');
    for (int i = 0; i < running.length; i++) {
      text.append(i == 0 ? "" : ",").append(running[i]);
    }
    return text.toString();
  }

  private static IllegalArgumentException noSnapshot(String text, @Nullable Exception cause) {
    return new IllegalArgumentException("not a pg_snapshot: " + text, cause);
  }
}
