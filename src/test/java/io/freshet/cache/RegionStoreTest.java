package io.freshet.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.testing.CapturedLog;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegionStoreTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final AtomicLong now = new AtomicLong(1_000);
  private final AtomicInteger floors = new AtomicInteger();
  private final FaultyCaches caches = new FaultyCaches();
  private final CapturedLog log = CapturedLog.of(RegionStore.class);
  private final RegionStore store =
      new RegionStore("r", caches.cache("r"), new CachingClock(now::get), floors::incrementAndGet);

  @AfterEach
  void close() {
    log.close();
    caches.close();
  }

  @Test
  void read_fails_isAMissAndTheStoreStaysOpen() {
    store.write("k", "v");
    caches.breakDown("get");

    assertThat(store.read("k")).isNull();
    assertThat(store.isOpen()).isTrue();
    assertThat(log.ids()).containsExactly("FRESHET-010");
  }

  @Test
  void write_fails_removesWhatItMayHaveLeft() {
    store.write("k", "old");
    caches.breakDown("put");

    assertThat(store.write("k", "new")).isFalse();
    assertThat(store.read("k")).isNull();
    assertThat(store.isOpen()).isTrue();
    assertThat(log.ids()).containsExactly("FRESHET-011");
  }

  @Test
  void writeAndItsRemoval_fail_closesTheStore() {
    caches.breakDown("put", "remove");

    assertThat(store.write("k", "new")).isFalse();
    assertThat(store.isOpen()).isFalse();
    assertThat(log.ids()).containsExactly("FRESHET-011", "FRESHET-012");
  }

  @Test
  void remove_fails_closesUntilAClearSucceeds() {
    store.write("k", "stale");
    caches.breakDown("remove", "clear");
    store.remove("k");

    assertThat(store.isOpen()).isFalse();
    now.addAndGet(2 * SECOND);
    assertThat(store.isOpen()).as("the clear fails too").isFalse();
    caches.repair();
    assertThat(store.isOpen()).as("tried less than a second ago").isFalse();
    now.addAndGet(2 * SECOND);
    assertThat(store.isOpen()).isTrue();
    assertThat(store.read("k")).isNull();
    assertThat(floors).as("floors raised before each try").hasValue(2);
    assertThat(log.ids()).containsExactly("FRESHET-012", "FRESHET-013");
  }

  @Test
  void clear_succeedsOnAClosedStore_opensIt() {
    caches.breakDown("remove");
    store.remove("k");
    caches.repair();

    store.clear();

    assertThat(store.isOpen()).isTrue();
    assertThat(log.ids()).containsExactly("FRESHET-012", "FRESHET-013");
  }

  @Test
  void clear_fails_closes() {
    caches.breakDown("clear");

    store.clear();

    assertThat(store.isOpen()).isFalse();
  }

  /** The other thread's key may be back behind the clearing, or not: nobody knows. */
  @Test
  void remove_failsWhileAnotherThreadReopens_keepsTheStoreClosed() {
    caches.breakDown("remove");
    store.remove("k");
    now.addAndGet(2 * SECOND);
    caches.after("clear", () -> store.remove("other"));

    assertThat(store.isOpen()).isFalse();
    assertThat(store.isOpen()).isFalse();

    caches.repair();
    now.addAndGet(2 * SECOND);
    assertThat(store.isOpen()).isTrue();
  }

  @Test
  void remove_throwsAnError_passesItOnAndCloses() {
    caches.breakDown("remove", () -> new LinkageError("torn down"));

    assertThatThrownBy(() -> store.remove("k")).isInstanceOf(LinkageError.class);
    assertThat(store.isOpen()).isFalse();
  }

  @Test
  void failures_inARow_areLoggedEachKindOnceInTenSeconds() {
    caches.breakDown("get", "remove");
    for (int i = 0; i < 5; i++) {
      store.read("k");
      store.remove("k");
    }
    assertThat(log.ids()).containsExactly("FRESHET-010", "FRESHET-012");

    now.addAndGet(10 * SECOND);
    store.read("k");
    assertThat(log.ids()).containsExactly("FRESHET-010", "FRESHET-012", "FRESHET-010");
  }

  @Test
  void count_fails_isZero() {
    store.write("k", "v");
    assertThat(store.count()).isEqualTo(1);
    caches.breakDown("iterator");

    assertThat(store.count()).isZero();
  }
}
