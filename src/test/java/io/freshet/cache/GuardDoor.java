package io.freshet.cache;

/** A guard and one key, for tests of other packages. Thread-safe. */
public final class GuardDoor {

  private static final String KEY = "k";

  private final Guard guard = new Guard();

  public boolean admits(long timestamp) {
    return guard.admits(KEY, timestamp);
  }

  public void stamp(long now) {
    guard.stamp(KEY, now);
  }

  public void raiseFloor(long now) {
    guard.raiseFloor(now);
  }

  /** A writer's claim; null if the guard refuses it. */
  public Claimed claim(long transactionStart, long now) {
    Guard.Claim claim = guard.claim(KEY, transactionStart, now);
    return claim == null ? null : new Claimed(claim);
  }

  public boolean isUntouchedSince(Claimed claimed) {
    return guard.isUntouchedSince(claimed.claim);
  }

  /** What a writer was granted. */
  public static final class Claimed {
    private final Guard.Claim claim;

    private Claimed(Guard.Claim claim) {
      this.claim = claim;
    }

    public long admitted() {
      return claim.admitted();
    }
  }
}
