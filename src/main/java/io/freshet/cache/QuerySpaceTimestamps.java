package io.freshet.cache;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.hibernate.cache.spi.TimestampsCache;
import org.hibernate.cache.spi.TimestampsRegion;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.stat.spi.StatisticsImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a cached query result is still good. Thread-safe.
 *
 * <p>Hibernate bumps the timestamps of whatever a flush touches, or a statement might touch, at
 * once and for a minute, and again after the transaction, rolled back or not. Here the session only
 * notes the spaces; its own queries ask the database from then on. Just before the commit a fence
 * goes up around the spaces that were written, and after it their timestamps are bumped. Others use
 * their cached results until the moment of the commit, and a rollback costs nobody anything.
 *
 * <p>A result without any query space (a native query that names none) can never be shown to be
 * fresh, and is not served.
 */
public final class QuerySpaceTimestamps implements TimestampsCache {

  private final TimestampsRegion region;
  private final CachingClock clock;
  private final Gate gate;
  private final AtomicLong floor = new AtomicLong();
  private final Map<String, Fence> fences = new ConcurrentHashMap<>();

  QuerySpaceTimestamps(TimestampsRegion region, CachingClock clock, Gate gate) {
    this.region = region;
    this.clock = clock;
    this.gate = gate;
  }

  @Override
  public TimestampsRegion getRegion() {
    return region;
  }

  @Override
  public void preInvalidate(String[] spaces, SharedSessionContractImplementor session) {
    RegionAccess.context(session).spacesWritten(spaces);
  }

  @Override
  public void invalidate(String[] spaces, SharedSessionContractImplementor session) {
    // the spaces were noted by preInvalidate; the session bumps those that it really wrote
  }

  /**
   * The database is about to commit writes to these spaces.
   *
   * @return what lets cached results be used again, after the commit has ended and the spaces have
   *     been bumped if they had to be
   */
  public Runnable raiseFences(Collection<String> spaces) {
    long deadline = clock.now() + FreshetRegion.LOCK_NANOS;
    List<Runnable> lower =
        spaces.stream()
            .distinct()
            .map(space -> fences.computeIfAbsent(space, s -> new Fence()).raise(deadline))
            .toList();
    return () -> lower.forEach(Runnable::run);
  }

  /** Results of queries on these spaces that were read before now are not served any more. */
  @SuppressWarnings("NullAway") // the storage behind the region does not look at the session
  public void bump(Collection<String> spaces) {
    Long now = clock.now();
    spaces.forEach(space -> region.putIntoCache(space, now, null));
  }

  /** Results of all queries that were read before now are not served any more. */
  public void bumpAll() {
    floor.accumulateAndGet(clock.now(), Math::max);
  }

  @Override
  public boolean isUpToDate(
      String[] spaces, Long timestamp, SharedSessionContractImplementor session) {
    return isUpToDate(Arrays.asList(spaces), timestamp, session);
  }

  @Override
  public boolean isUpToDate(
      Collection<String> spaces, Long timestamp, SharedSessionContractImplementor session) {
    SessionContext context = RegionAccess.context(session);
    Lens lens = context.lens();
    if (lens != null) {
      lens.asked(timestamp);
      return true;
    }
    long lease = gate.lease();
    StatisticsImplementor statistics = session.getFactory().getStatistics();
    for (String space : spaces) {
      if (context.mayHaveChanged(space) || isFenced(space)) {
        return false;
      }
      Long written = lastWritten(space, session);
      if (statistics.isStatisticsEnabled()) {
        if (written == null) {
          statistics.updateTimestampsCacheMiss();
        } else {
          statistics.updateTimestampsCacheHit();
        }
      }
      if (written != null && written >= timestamp) {
        return false;
      }
    }
    return !spaces.isEmpty() && timestamp > floor.get() && gate.holds(lease);
  }

  /** Whether a session that has written nothing would be served this result; counted nowhere. */
  public boolean serves(Collection<String> spaces, long timestamp) {
    long lease = gate.lease();
    for (String space : spaces) {
      Long written = lastWritten(space, null);
      if (isFenced(space) || (written != null && written >= timestamp)) {
        return false;
      }
    }
    return !spaces.isEmpty() && timestamp > floor.get() && gate.covers(lease);
  }

  @SuppressWarnings("NullAway") // the storage behind the region does not look at the session
  private @Nullable Long lastWritten(
      String space, @Nullable SharedSessionContractImplementor session) {
    return (Long) region.getFromCache(space, session);
  }

  private boolean isFenced(String space) {
    Fence fence = fences.get(space);
    if (fence == null || !fence.isRaised()) {
      return false;
    }
    long now = clock.now();
    if (!fence.hasExpired(now)) {
      return true;
    }
    bump(List.of(space));
    fence.removeExpired(now);
    return fence.isRaised();
  }
}
