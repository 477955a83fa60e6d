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
  private final List<Runnable> fences = new ArrayList<>();
  private Collection<String> spaces = List.of();
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

  private void lock(Footprint footprint) {
    Collection<String> written =
        footprint.everything() ? node.allQuerySpaces() : footprint.querySpaces();
    spaces = List.copyOf(written);
    node.timestamps().ifPresent(timestamps -> fences.add(timestamps.raiseFences(written)));
    if (footprint.everything()) {
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
    fences.add(region.raiseFence());
    regions.add(region);
  }

  private void lock(FreshetRegion region, Object key) {
    keys.add(new LockedKey(region, key, region.lock(key)));
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
      fences.forEach(Runnable::run);
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
