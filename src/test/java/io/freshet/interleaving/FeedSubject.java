package io.freshet.interleaving;

import io.freshet.EvictionCause;
import io.freshet.cache.RegionDoor;
import io.freshet.cache.SessionContext;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/**
 * A region behind its gate, and a feed that does to them what {@code FeedLink} does, in its order.
 * A hit must show every commit that ended more than a lease before the store was looked at.
 */
@Param(name = "ticks", gen = IntGen.class, conf = "0:14")
public class FeedSubject {

  private static final int LEASE = 10;
  private static final String FEED = "feed";

  private final boolean countsFromSending;
  private final boolean refusesEarlierReads;
  private final Row row = new Row();
  private final RegionDoor door = new RegionDoor(row::now, row::looks);
  private boolean beginning;

  public FeedSubject() {
    this(true, true);
  }

  FeedSubject(boolean countsFromSending, boolean refusesEarlierReads) {
    this.countsFromSending = countsFromSending;
    this.refusesEarlierReads = refusesEarlierReads;
    door.gate().close();
    reset();
    barrier(1);
  }

  @Operation
  public String load() {
    SessionContext session = door.begin();
    long read = row.read();
    row.tick(1);
    door.load(session, read);
    return Row.FINE;
  }

  @Operation
  public String get() {
    Long served = door.get(door.begin(), false);
    return Row.judge(served, served == null ? 0 : row.leastAfter(LEASE));
  }

  @Operation(params = "ticks")
  public String commit(int ticks) {
    row.commit();
    row.tick(ticks);
    return Row.FINE;
  }

  @Operation(nonParallelGroup = FEED)
  public String reset() {
    door.gate().close();
    beginning = true;
    door.region().invalidateAll(EvictionCause.RESET);
    return Row.FINE;
  }

  /** The first one after a reset may follow commits of which nobody tells. */
  @Operation(params = "ticks", nonParallelGroup = FEED)
  public String barrier(int ticks) {
    long sent = row.now();
    if (beginning) {
      row.lose();
    }
    while (row.nextToTell() > 0) {
      door.invalidate();
    }
    row.tick(ticks);
    if (beginning && refusesEarlierReads) {
      door.region().refuseEarlierReads();
    }
    beginning = false;
    door.gate().openUntil((countsFromSending ? sent : row.now()) + LEASE);
    return Row.FINE;
  }

  /** A feed whose leases count from the moment a barrier has come back. */
  public static final class CountingFromArrival extends FeedSubject {
    public CountingFromArrival() {
      super(false, true);
    }
  }

  /** A feed that begins without a word about what was read before. */
  public static final class Forgiving extends FeedSubject {
    public Forgiving() {
      super(true, false);
    }
  }
}
