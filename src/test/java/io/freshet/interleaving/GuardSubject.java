package io.freshet.interleaving;

import io.freshet.cache.GuardDoor;
import io.freshet.cache.GuardDoor.Claimed;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/**
 * The real guard, and around it the shortest code that loads, invalidates and writes as a region
 * does; so that each of its steps can be left out, to see that it is missed.
 */
@Param(name = "ticks", gen = IntGen.class, conf = "0:2")
public class GuardSubject {

  /** The steps that keep a guard's promise. */
  enum Step {
    STAMP,
    LOOK_AGAIN,
    DOUBT_THE_UNSETTLED,
    TIMESTAMP_BEFORE_READING,
    CLAIM
  }

  private static final class Stored {
    final long value;
    final long timestamp;
    volatile boolean settled;

    Stored(long value, long timestamp) {
      this.value = value;
      this.timestamp = timestamp;
    }
  }

  private final Step omitted;
  private final Row row = new Row();
  private final GuardDoor guard = new GuardDoor();
  private final AtomicReference<Stored> store = new AtomicReference<>();

  public GuardSubject() {
    this(null);
  }

  GuardSubject(Step omitted) {
    this.omitted = omitted;
  }

  private boolean takes(Step step) {
    return step != omitted;
  }

  @Operation(params = "ticks")
  public String load(int ticks) {
    row.tick(ticks);
    long before = row.now();
    long value = row.read();
    long timestamp = takes(Step.TIMESTAMP_BEFORE_READING) ? before : row.now();
    if (guard.admits(timestamp)) {
      Stored stored = new Stored(value, timestamp);
      store.set(stored);
      settle(stored, !takes(Step.LOOK_AGAIN) || guard.admits(timestamp));
    }
    return Row.FINE;
  }

  private void settle(Stored stored, boolean good) {
    if (good) {
      stored.settled = true;
    } else {
      store.set(null);
    }
  }

  @Operation(params = "ticks")
  public String get(int ticks) {
    row.tick(ticks);
    long least = row.applied();
    Stored found = store.get();
    boolean served =
        found != null
            && (found.settled || !takes(Step.DOUBT_THE_UNSETTLED) || guard.admits(found.timestamp));
    return Row.judge(served ? found.value : null, least);
  }

  @Operation
  public String invalidate() {
    row.tick(1);
    long version = row.commit();
    if (takes(Step.STAMP)) {
      guard.stamp(row.now());
    }
    store.set(null);
    row.apply(version);
    return Row.FINE;
  }

  @Operation
  public String invalidateAll() {
    row.tick(1);
    long version = row.commit();
    if (takes(Step.STAMP)) {
      guard.raiseFloor(row.now());
    }
    store.set(null);
    row.apply(version);
    return Row.FINE;
  }

  @Operation(params = "ticks")
  public String write(int ticks) {
    row.tick(ticks);
    long start = row.now();
    long version = row.commit();
    row.tick(1);
    Claimed claim = guard.claim(start, row.now());
    if (claim != null) {
      Stored stored = new Stored(version, claim.admitted());
      store.set(stored);
      settle(stored, !takes(Step.CLAIM) || guard.isUntouchedSince(claim));
    }
    if (claim == null || (takes(Step.CLAIM) && !guard.isUntouchedSince(claim))) {
      guard.stamp(row.now());
      store.set(null);
    }
    row.apply(version);
    return Row.FINE;
  }

  /** Invalidations that the guard does not hear of. */
  public static final class Unstamped extends GuardSubject {
    public Unstamped() {
      super(Step.STAMP);
    }
  }

  /** Loads that do not look again. */
  public static final class LookingOnce extends GuardSubject {
    public LookingOnce() {
      super(Step.LOOK_AGAIN);
    }
  }

  /** Readers that trust what is not settled. */
  public static final class Trusting extends GuardSubject {
    public Trusting() {
      super(Step.DOUBT_THE_UNSETTLED);
    }
  }

  /** Loads that take their timestamp when they have read. */
  public static final class DatedLate extends GuardSubject {
    public DatedLate() {
      super(Step.TIMESTAMP_BEFORE_READING);
    }
  }

  /** Writers that do not ask what has happened since their claim. */
  public static final class Claimless extends GuardSubject {
    public Claimless() {
      super(Step.CLAIM);
    }
  }
}
