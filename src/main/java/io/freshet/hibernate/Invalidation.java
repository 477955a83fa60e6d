package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.Message;
import io.freshet.cache.FreshetRegion;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.RegionFootprint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.cache.spi.access.SoftLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One footprint on its way through a commit: locked and fenced before, invalidated after, or let go
 * after a rollback. Used by one thread. It never throws: what fails ends in every region's
 * clearing.
 */
final class Invalidation {

  private static final Logger LOG = LoggerFactory.getLogger(Invalidation.class);

  private record LockedKey(FreshetRegion region, Object key, SoftLock lock) {}

  private final Node node;
  private final EvictionCause cause;
  private final List<LockedKey> keys = new ArrayList<>();
  private final List<FreshetRegion> regions = new ArrayList<>();
  private final List<Runnable> regionFences = new ArrayList<>();
  private Runnable spaceFences = () -> {};
  private Collection<String> spaces = List.of();
  private boolean everything;
  private boolean failed;

  private Invalidation(Node node, EvictionCause cause) {
    this.node = node;
    this.cause = cause;
  }

  /** Locks the keys and raises the fences. */
  static Invalidation prepare(Node node, Footprint footprint, EvictionCause cause) {
    Invalidation invalidation = new Invalidation(node, cause);
    try {
      invalidation.lock(footprint);
    } catch (RuntimeException e) {
      invalidation.fail(e);
    }
    return invalidation;
  }

  /** Evicts one entry. */
  static void apply(Node node, Echoes.Kept kept, EvictionCause cause) {
    FreshetRegion region = node.region(kept.region());
    if (region != null) {
      region.invalidate(kept.key(), cause);
    }
  }

  /**
   * Applies what a feed has told of: it is committed and visible, so nobody has to be kept out.
   *
   * <p>Resolutions of natural ids go last. A session that begins in between could still be served
   * the old entity, and would store what that says of its natural id, with a timestamp that nothing
   * said against.
   */
  static void apply(Node node, Footprint footprint, EvictionCause cause) {
    if (footprint.everything()) {
      node.clearEverything(cause);
      return;
    }
    for (FreshetRegion region : node.inOrderOfEviction(footprint.regions().keySet())) {
      RegionFootprint touched = Objects.requireNonNull(footprint.regions().get(region.getName()));
      if (touched.whole()) {
        region.invalidateAll(cause);
      } else {
        touched.keys().forEach(key -> region.invalidate(key, cause));
      }
    }
    node.timestamps().ifPresent(timestamps -> timestamps.bump(footprint.querySpaces()));
  }

  private void lock(Footprint footprint) {
    Collection<String> written =
        footprint.everything() ? node.allQuerySpaces() : footprint.querySpaces();
    spaces = List.copyOf(written);
    node.timestamps().ifPresent(timestamps -> spaceFences = timestamps.raiseFences(written));
    everything = footprint.everything();
    if (everything) {
      node.regions().forEach(this::fence);
      return;
    }
    for (Map.Entry<String, RegionFootprint> touched : footprint.regions().entrySet()) {
      FreshetRegion region = node.region(touched.getKey());
      if (region == null) {
        continue;
      }
      if (touched.getValue().whole()) {
        fence(region);
      } else {
        touched.getValue().keys().forEach(key -> lock(region, key));
      }
    }
  }

  private void fence(FreshetRegion region) {
    regionFences.add(region.raiseFence());
    regions.add(region);
  }

  private void lock(FreshetRegion region, Object key) {
    keys.add(new LockedKey(region, key, region.lock(key)));
  }

  /**
   * Invalidates, then lets readers in again. Where a feed runs, and will tell exactly which rows
   * have changed, regions are not cleared: readers are let in when it has.
   *
   * @param told whether the feed can tell everything that this is about
   */
  void carryOut(boolean told) {
    FeedLink feed = node.feed();
    if (told && !failed && feed != null && feed.isLive() && !regions.isEmpty()) {
      leaveTo(feed);
    } else {
      carryOut();
    }
  }

  private void leaveTo(FeedLink feed) {
    try {
      List<Runnable> left = new ArrayList<>(regionFences);
      regionFences.clear();
      if (everything) {
        left.add(spaceFences);
        spaceFences = () -> {};
      } else {
        node.timestamps().ifPresent(timestamps -> timestamps.bump(spaces));
      }
      letGo(false);
      feed.whenApplied(() -> left.forEach(Runnable::run));
    } catch (RuntimeException e) {
      fail(e);
      node.clearEverything(EvictionCause.FAILURE);
    }
  }

  /** Invalidates, then lets readers in again. */
  void carryOut() {
    try {
      regions.forEach(region -> region.invalidateAll(cause));
      node.timestamps().ifPresent(timestamps -> timestamps.bump(spaces));
    } catch (RuntimeException e) {
      fail(e);
    }
    if (failed) {
      node.clearEverything(EvictionCause.FAILURE);
    }
    letGo(false);
  }

  /** Lets readers in again: nothing has changed. */
  void cancel() {
    letGo(true);
  }

  private void letGo(boolean rolledBack) {
    try {
      for (LockedKey locked : keys) {
        locked.region.unlock(locked.key, locked.lock, rolledBack, cause);
      }
      regionFences.forEach(Runnable::run);
      spaceFences.run();
    } catch (RuntimeException e) {
      fail(e);
      node.clearEverything(EvictionCause.FAILURE);
    }
  }

  private void fail(RuntimeException cause) {
    failed = true;
    Message.INVALIDATION_FAILED.warn(LOG, cause);
  }
}
