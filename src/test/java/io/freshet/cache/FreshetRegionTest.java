package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.EvictionCause;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.cache.RegionLab.Transaction;
import io.freshet.cache.SoftLocks.Ticket;
import io.freshet.testing.CapturedLog;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import org.hibernate.cache.spi.access.SoftLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The protocol of {@link FreshetRegion}, step by step: (a) to (f) against (1) and (2). */
class FreshetRegionTest {

  private static final Comparator<Object> VERSIONS =
      (one, other) -> Integer.compare((Integer) one, (Integer) other);

  private final CapturedLog log = CapturedLog.of("io.freshet.cache");
  private final RegionLab lab = new RegionLab();
  private final FreshetRegion region = lab.region;

  @AfterEach
  void close() {
    lab.close();
    log.close();
  }

  private boolean load(Transaction reader, Object value) {
    return region.load(reader, "k", value, null, null);
  }

  private void loadNow(Object value) {
    assertThat(load(lab.begin(), value)).isTrue();
  }

  @Test
  void load_undisturbed_isServed() {
    loadNow("v");

    assertThat(lab.hit("k")).isEqualTo("v");
    assertThat(region.contains("k")).isTrue();
  }

  @Test
  void load_beganBeforeAnInvalidation_isRefused() {
    Transaction reader = lab.begin();
    lab.tick();
    region.invalidate("k", EvictionCause.FLUSH);

    assertThat(load(reader, "old")).isFalse();
    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void load_beganAfterAnInvalidation_isStored() {
    lab.tick();
    region.invalidate("k", EvictionCause.FLUSH);
    lab.tick();

    loadNow("new");
    assertThat(lab.hit("k")).isEqualTo("new");
  }

  /** (1) and (2) between (c) and (d). */
  @Test
  void invalidation_betweenTheQuestionAndTheStoring_makesTheLoadWithdraw() {
    Transaction reader = lab.begin();
    lab.tick();
    lab.caches.before("put", () -> region.invalidate("k", EvictionCause.FLUSH));

    assertThat(load(reader, "old")).isFalse();
    assertThat(lab.hit("k")).isNull();
    assertThat(region.status().entries()).isZero();
  }

  /** (1) after (d), a reader before (f): it asks the guard itself and turns away. */
  @Test
  void reader_ofAnUnsettledOvertakenEntry_turnsAway() {
    Transaction reader = lab.begin();
    lab.tick();
    Object[] seen = {"not asked"};
    // an invalidation in the middle: stamped, not yet removed
    lab.caches.before("put", () -> lab.caches.before("remove", () -> seen[0] = lab.hit("k")));
    lab.caches.after("put", () -> region.invalidate("k", EvictionCause.FLUSH));

    assertThat(load(reader, "old")).isFalse();
    assertThat(seen[0]).isNull();
    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void reader_ofAnUnsettledValidEntry_isServed() {
    Object[] seen = new Object[1];
    Transaction reader = lab.begin();
    lab.caches.after("put", () -> seen[0] = lab.hit("k"));

    load(reader, "v");

    assertThat(seen[0]).isEqualTo("v");
  }

  /** (1) after (e): then (2) is after (d) and takes the entry away. */
  @Test
  void invalidation_afterTheLoadSettled_removesTheEntry() {
    loadNow("old");
    region.invalidate("k", EvictionCause.FLUSH);

    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void invalidateAll_betweenTheQuestionAndTheStoring_makesTheLoadWithdraw() {
    Transaction reader = lab.begin();
    lab.tick();
    lab.caches.before("put", () -> region.invalidateAll(EvictionCause.STATEMENT));

    assertThat(load(reader, "old")).isFalse();
    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void lock_keepsLoadsOut_alsoTheOnesOnTheirWay() {
    Transaction reader = lab.begin();
    SoftLock[] lock = new SoftLock[1];
    lab.caches.before("put", () -> lock[0] = region.lock("k"));

    assertThat(load(reader, "old")).isFalse();
    assertThat(load(lab.begin(), "old")).isFalse();
    lab.tick();
    region.unlock("k", lock[0], false, EvictionCause.FLUSH);
    assertThat(load(lab.begin(), "old")).as("began in the tick of the stamp").isFalse();
    lab.tick();
    loadNow("new");
  }

  @Test
  void unlock_afterCommit_refusesWhatBeganBefore() {
    loadNow("old");
    SoftLock lock = region.lock("k");
    assertThat(lab.hit("k")).isNull();
    Transaction reader = lab.begin();
    region.unlock("k", lock, false, EvictionCause.FLUSH);

    assertThat(load(reader, "old")).isFalse();
  }

  @Test
  void unlock_afterRollback_restoresTheEntry_andCountsNoEviction() {
    loadNow("v");
    SoftLock lock = region.lock("k");
    region.unlock("k", lock, true, EvictionCause.FLUSH);

    assertThat(lab.hit("k")).isEqualTo("v");
    assertThat(region.status().evictions()).containsEntry(EvictionCause.FLUSH, 0L);
  }

  @Test
  void unlock_afterRollback_withAnInvalidationMeanwhile_restoresNothing() {
    loadNow("old");
    SoftLock lock = region.lock("k");
    lab.tick();
    region.invalidate("k", EvictionCause.REQUEST);
    region.unlock("k", lock, true, EvictionCause.FLUSH);

    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void unlock_withALostLock_evicts() {
    loadNow("old");
    region.unlock("k", null, true, EvictionCause.FLUSH);

    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void unlockAndPut_alone_storesWhatWasWritten() {
    loadNow("old");
    Transaction writer = lab.begin();
    SoftLock lock = region.lock("k");
    lab.tick();

    assertThat(region.unlockAndPut(writer, "k", new Entry("new", null, 0), (Ticket) lock)).isTrue();
    lab.tick();
    assertThat(lab.hit("k")).isEqualTo("new");
  }

  @Test
  void unlockAndPut_withAnotherWriterMeanwhile_evicts() {
    Transaction writer = lab.begin();
    SoftLock lock = region.lock("k");
    SoftLock other = region.lock("k");
    lab.tick();

    assertThat(region.unlockAndPut(writer, "k", new Entry("new", null, 0), (Ticket) lock))
        .isFalse();
    assertThat(lab.hit("k")).isNull();
    region.unlock("k", other, false, EvictionCause.FLUSH);
    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void unlockAndPut_withAnInvalidationWhileStoring_evicts() {
    Transaction writer = lab.begin();
    SoftLock lock = region.lock("k");
    lab.tick();
    lab.caches.before("put", () -> region.invalidateAll(EvictionCause.STATEMENT));

    assertThat(region.unlockAndPut(writer, "k", new Entry("new", null, 0), (Ticket) lock))
        .isFalse();
    assertThat(lab.hit("k")).isNull();
  }

  /** A rollback evicts nothing, not even what an update has put there. */
  @Test
  void unlock_afterRollback_restoresWhatAnUpdateStored() {
    Transaction writer = lab.begin();
    SoftLock lock = region.lock("k");
    lab.tick();
    region.unlockAndPut(writer, "k", new Entry("new", null, 0), (Ticket) lock);
    lab.tick();

    region.unlock("k", region.lock("k"), true, EvictionCause.FLUSH);

    lab.tick();
    assertThat(lab.hit("k")).isEqualTo("new");
  }

  @Test
  void lock_pastItsDeadline_isRemovedAsIfCommitted() {
    loadNow("old");
    Transaction beforeTheCommit = lab.begin();
    SoftLock lock = region.lock("k");
    lab.now.addAndGet(FreshetRegion.LOCK_NANOS + 1);

    assertThat(load(lab.begin(), "any")).as("whoever meets it first withdraws").isFalse();
    assertThat(load(beforeTheCommit, "old")).isFalse();
    lab.tick();
    loadNow("new");
    assertThat(log.ids()).containsExactly("FRESHET-014");

    region.unlock("k", lock, true, EvictionCause.FLUSH);
    assertThat(lab.hit("k")).isEqualTo("new");
  }

  @Test
  void fence_whileRaised_servesAndStoresNothing() {
    loadNow("old");
    Runnable lower = region.raiseFence();

    assertThat(lab.hit("k")).isNull();
    assertThat(region.contains("k")).isFalse();
    assertThat(region.load(lab.begin(), "other", "v", null, null)).isFalse();
    lower.run();
    assertThat(lab.hit("k")).as("rolled back: nothing was lost").isEqualTo("old");
  }

  @Test
  void fence_raisedWhileALoadStores_makesItWithdraw() {
    Transaction reader = lab.begin();
    Runnable[] lower = new Runnable[1];
    lab.caches.before("put", () -> lower[0] = region.raiseFence());

    assertThat(load(reader, "old")).isFalse();
    lower[0].run();
    assertThat(lab.hit("k")).isNull();
  }

  @Test
  void fence_pastItsDeadline_clearsTheRegionAndOpens() {
    loadNow("old");
    region.raiseFence();
    lab.now.addAndGet(FreshetRegion.LOCK_NANOS + 1);

    assertThat(lab.hit("k")).isNull();
    lab.tick();
    loadNow("new");
    assertThat(log.ids()).containsExactly("FRESHET-015");
  }

  @Test
  void fence_strandedAmongOthers_doesNotKeepTheRegionClosed() {
    region.raiseFence();
    lab.now.addAndGet(TimeUnit.SECONDS.toNanos(50));
    Runnable lower = region.raiseFence();
    lab.now.addAndGet(TimeUnit.SECONDS.toNanos(20));

    assertThat(lab.hit("k")).isNull();
    lower.run();
    lab.tick();
    loadNow("v");
  }

  @Test
  void olderOnly_entryYoungerThanTheTransaction_isNotShown() {
    Transaction reader = lab.begin();
    loadNow("v");

    assertThat(region.get(reader, "k", true)).isNull();
    assertThat(region.get(reader, "k", false)).isEqualTo("v");
    assertThat(region.get(lab.begin(), "k", true)).isEqualTo("v");
  }

  @Test
  void transaction_thatChangedTheKey_neitherHitsNorPublishes() {
    loadNow("v");
    Transaction writer = lab.begin();
    writer.wrote = true;
    writer.changedKeys.add("k");

    assertThat(region.get(writer, "k", false)).isNull();
    assertThat(region.load(writer, "other", "dirty", null, null)).isFalse();
    assertThat(lab.hit("other")).isNull();
  }

  @Test
  void load_ofANewerVersion_replaces_ofAnOlderOrUnversioned_doesNot() {
    region.load(lab.begin(), "k", "v2", 2, VERSIONS);

    assertThat(region.load(lab.begin(), "k", "v1", 1, VERSIONS)).isFalse();
    assertThat(region.load(lab.begin(), "k", "v3", 3, VERSIONS)).isTrue();
    assertThat(region.load(lab.begin(), "k", "any", null, null)).isFalse();
    assertThat(lab.hit("k")).isEqualTo("v3");
  }

  @Test
  void removal_fails_nothingIsServedUntilTheRegionCouldBeCleared() {
    loadNow("old");
    Transaction onItsWay = lab.begin();
    lab.caches.breakDown("remove", "clear");
    region.invalidate("k", EvictionCause.FLUSH);

    assertThat(lab.hit("k")).isNull();
    lab.now.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertThat(lab.hit("k")).isNull();

    lab.caches.repair();
    lab.now.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertThat(lab.hit("k")).isNull();
    assertThat(load(onItsWay, "old")).isFalse();
    lab.tick();
    loadNow("new");
    assertThat(lab.hit("k")).isEqualTo("new");
  }

  @Test
  void foreignValue_inTheStore_isAMiss() {
    lab.caches.manager().getCache("r").put("k", "not ours");

    assertThat(lab.hit("k")).isNull();
    loadNow("v");
    assertThat(lab.hit("k")).isEqualTo("v");
  }

  @Test
  void status_countsWhatHappened() {
    loadNow("v");
    lab.hit("k");
    lab.hit("missing");
    Transaction late = lab.begin();
    lab.tick();
    region.invalidate("k", EvictionCause.REQUEST);
    load(late, "old");
    region.invalidateAll(EvictionCause.STATEMENT);

    RegionStatus status = region.status();
    assertThat(status.region()).isEqualTo("r");
    assertThat(status.entries()).isZero();
    assertThat(status.hits()).isEqualTo(1);
    assertThat(status.misses()).isEqualTo(1);
    assertThat(status.puts()).isEqualTo(1);
    assertThat(status.refusedPuts()).isEqualTo(1);
    assertThat(status.evictions())
        .containsEntry(EvictionCause.REQUEST, 1L)
        .containsEntry(EvictionCause.STATEMENT, 1L)
        .containsEntry(EvictionCause.FLUSH, 0L);
  }
}
