package io.freshet.interleaving;

import io.freshet.EvictionCause;
import io.freshet.cache.RegionDoor;
import io.freshet.cache.SessionContext;
import org.hibernate.cache.spi.access.SoftLock;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** Everything that happens to a row and its region, but for what takes a minute. */
@Param(name = "ticks", gen = IntGen.class, conf = "0:2")
public class RegionSubject {

  private final Row row = new Row();
  private final RegionDoor door = new RegionDoor(row::now, () -> {});

  @Operation(params = "ticks")
  public String load(int ticks) {
    row.tick(ticks);
    SessionContext session = door.begin();
    door.load(session, row.read());
    return Row.FINE;
  }

  @Operation(params = "ticks")
  public String get(int ticks) {
    row.tick(ticks);
    long least = row.applied();
    return Row.judge(door.get(door.begin(), false), least);
  }

  /** Somebody else's commit, and the feed that tells of it. */
  @Operation
  public String commitElsewhere() {
    row.tick(1);
    long version = row.commit();
    door.invalidate();
    row.apply(version);
    return Row.FINE;
  }

  /** A flush that keeps what it wrote. */
  @Operation(params = "ticks")
  public String flush(int ticks) {
    row.tick(ticks);
    SessionContext session = door.begin();
    SoftLock lock = door.lock();
    long version = row.commitAndApply();
    row.tick(1);
    door.unlockAndPut(session, lock, version);
    return Row.FINE;
  }

  @Operation
  public String flushAndEvict() {
    SoftLock lock = door.lock();
    row.commitAndApply();
    row.tick(1);
    door.unlock(lock, false);
    return Row.FINE;
  }

  @Operation
  public String rollBack() {
    door.unlock(door.lock(), true);
    return Row.FINE;
  }

  /** A statement whose rows are not known. */
  @Operation
  public String statement() {
    Runnable lower = door.region().raiseFence();
    row.commitAndApply();
    row.tick(1);
    door.region().invalidateAll(EvictionCause.STATEMENT);
    lower.run();
    return Row.FINE;
  }
}
