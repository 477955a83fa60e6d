package io.freshet.interleaving;

import io.freshet.cache.RegionDoor;
import io.freshet.cache.SessionContext;
import io.freshet.hibernate.EchoesDoor;
import io.freshet.hibernate.EchoesDoor.Echo;
import org.hibernate.cache.spi.access.SoftLock;
import org.jetbrains.lincheck.datastructures.Operation;

/**
 * Flushes that keep what they wrote, and a feed that tells of these and of others' commits, in
 * their order.
 */
public class EchoSubject {

  private static final String FEED = "feed";

  private final boolean expectsBeforeCommit;
  private final boolean forgetsWithTheTable;
  private final Row row = new Row();
  private final RegionDoor door = new RegionDoor(row::now, () -> {});
  private final EchoesDoor echoes = new EchoesDoor();

  /** Whoever updates the row in the database waits for who did before. */
  private final Object rowLock = new Object();

  public EchoSubject() {
    this(true, true);
  }

  EchoSubject(boolean expectsBeforeCommit, boolean forgetsWithTheTable) {
    this.expectsBeforeCommit = expectsBeforeCommit;
    this.forgetsWithTheTable = forgetsWithTheTable;
  }

  @Operation
  public String load() {
    row.tick(2);
    SessionContext session = door.begin();
    door.load(session, row.read());
    return Row.FINE;
  }

  @Operation
  public String get() {
    row.tick(2);
    long least = row.applied();
    return Row.judge(door.get(door.begin(), false), least);
  }

  @Operation
  public String flush() {
    row.tick(2);
    SessionContext session = door.begin();
    SoftLock lock;
    Echo echo = null;
    long version;
    synchronized (rowLock) {
      lock = door.lock();
      if (expectsBeforeCommit) {
        echo = echoes.expect();
      }
      version = row.commitAndApply();
    }
    if (echo == null) {
      echo = echoes.expect();
    }
    row.tick(1);
    door.unlockAndPut(session, lock, version);
    echoes.committed(echo, row.now());
    return Row.FINE;
  }

  @Operation
  public String failedFlush() {
    SoftLock lock = door.lock();
    Echo echo;
    synchronized (rowLock) {
      echo = echoes.expect();
    }
    echoes.forget(echo);
    door.unlock(lock, false);
    return Row.FINE;
  }

  @Operation
  public String commitElsewhere() {
    synchronized (rowLock) {
      row.commit();
    }
    return Row.FINE;
  }

  @Operation(nonParallelGroup = FEED)
  public String tell() {
    int version = row.nextToTell();
    if (version > 0) {
      if (!echoes.claim()) {
        door.invalidate();
      }
      row.apply(version);
    }
    return Row.FINE;
  }

  /** So many rows that only the table is named. */
  @Operation(nonParallelGroup = FEED)
  public String tellTable() {
    int version = row.nextToTell();
    if (version > 0) {
      if (forgetsWithTheTable) {
        echoes.forgetTable();
      }
      door.invalidate();
      row.apply(version);
    }
    return Row.FINE;
  }

  /** A node that goes on expecting the echo of a row when its table has been told. */
  public static final class Expectant extends EchoSubject {
    public Expectant() {
      super(true, false);
    }
  }

  /** A node that expects the echo when the database has committed. */
  public static final class ExpectingLate extends EchoSubject {
    public ExpectingLate() {
      super(false, true);
    }
  }
}
