package io.freshet.interleaving;

import io.freshet.cache.RegionDoor;
import io.freshet.cache.SessionContext;
import java.util.concurrent.TimeUnit;
import org.jetbrains.lincheck.datastructures.Operation;

/** Writers that are cut off when the database has committed: their locks and fences run out. */
public class ExpirySubject {

  private static final int MINUTES = 2;

  private final Row row = new Row();
  private final RegionDoor door = new RegionDoor(() -> scale(row.now()), () -> {});

  /** A tick is two minutes: more than a writer has. */
  private static long scale(long ticks) {
    return TimeUnit.MINUTES.toNanos(MINUTES * ticks);
  }

  @Operation
  public String load() {
    SessionContext session = door.begin();
    door.load(session, row.read());
    return Row.FINE;
  }

  @Operation
  public String get() {
    long least = row.applied();
    return Row.judge(door.get(door.begin(), false), least);
  }

  @Operation(runOnce = true)
  public String lockAndVanish() {
    door.lock();
    row.commitAndApply();
    row.tick(1);
    return Row.FINE;
  }

  @Operation(runOnce = true)
  public String fenceAndVanish() {
    door.region().raiseFence();
    row.commitAndApply();
    row.tick(1);
    return Row.FINE;
  }
}
