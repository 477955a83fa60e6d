package io.freshet.cache;

import io.freshet.Message;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.StreamSupport;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JCache cache, which may fail at any call without harm to the application. Thread-safe.
 *
 * <p>A failed read is a miss. A failed write is not cached, and whatever it may have left is
 * removed. A failed removal closes the store: what should be gone may still be there. It opens
 * again once it could be cleared, by whoever clears it anyway, or by a reader or writer that comes
 * along and tries, at most once a second.
 *
 * <p>Failed removals are counted, and a clearing makes good those that had been counted when it
 * began: one that fails while another thread clears keeps the store closed.
 */
final class RegionStore {

  private static final Logger LOG = LoggerFactory.getLogger(RegionStore.class);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String region;
  private final Cache<Object, Object> cache;
  private final CachingClock clock;
  private final Runnable beforeReopening;
  private final AtomicLong nextAttempt = new AtomicLong();
  private final Map<Message, AtomicLong> nextLog = new ConcurrentHashMap<>();
  private final AtomicLong failedRemovals = new AtomicLong();
  private final AtomicLong madeGood = new AtomicLong();

  /**
   * @param beforeReopening what makes everything that was read before the store opens inadmissible
   */
  RegionStore(
      String region, Cache<Object, Object> cache, CachingClock clock, Runnable beforeReopening) {
    this.region = region;
    this.cache = cache;
    this.clock = clock;
    this.beforeReopening = beforeReopening;
  }

  /** Whether the store may be read and written; tries to open a closed one. */
  boolean isOpen() {
    return madeGood.get() == failedRemovals.get() || reopen();
  }

  @Nullable Object read(Object key) {
    try {
      return cache.get(key);
    } catch (RuntimeException e) {
      warn(Message.STORE_READ_FAILED, e);
      return null;
    }
  }

  /** Stores the value; false if that failed. */
  boolean write(Object key, Object value) {
    try {
      cache.put(key, value);
      return true;
    } catch (RuntimeException e) {
      warn(Message.STORE_WRITE_FAILED, e);
      remove(key);
      return false;
    }
  }

  void remove(Object key) {
    try {
      cache.remove(key);
    } catch (RuntimeException e) {
      close(e);
    } catch (Error e) {
      close(e); // it goes on to the caller, but nothing stale may be served for that
      throw e;
    }
  }

  /** Removes everything. The caller has made inadmissible what was read before. */
  void clear() {
    long failures = failedRemovals.get();
    try {
      cache.clear();
    } catch (RuntimeException e) {
      close(e);
      return;
    } catch (Error e) {
      close(e);
      throw e;
    }
    long before = madeGood.getAndAccumulate(failures, Math::max);
    if (before < failures) {
      Message.STORE_RECOVERED.warn(LOG, region);
    }
  }

  /** The number of entries, by counting them; 0 if that failed. */
  long count() {
    try {
      long entries = 0;
      for (var iterator = cache.iterator(); iterator.hasNext(); iterator.next()) {
        entries++;
      }
      return entries;
    } catch (RuntimeException e) {
      warn(Message.STORE_READ_FAILED, e);
      return 0;
    }
  }

  /**
   * The keys, as the provider iterates over them; it may throw at any step. In place of an entry
   * that goes while it is come to, Ehcache gives null.
   */
  Iterator<Object> keys() {
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(cache.iterator(), 0), false)
        .filter(Objects::nonNull)
        .map(Cache.Entry::getKey)
        .iterator();
  }

  private void close(Throwable cause) {
    failedRemovals.incrementAndGet();
    nextAttempt.set(clock.now() + RETRY_NANOS);
    warn(Message.STORE_EVICTION_FAILED, cause);
  }

  private boolean reopen() {
    long now = clock.now();
    long due = nextAttempt.get();
    if (now < due || !nextAttempt.compareAndSet(due, now + RETRY_NANOS)) {
      return false;
    }
    beforeReopening.run();
    clear();
    return madeGood.get() == failedRemovals.get();
  }

  /** A provider that is down fails at every call; the log needs to hear of it now and then only. */
  private void warn(Message message, Throwable cause) {
    long now = clock.now();
    AtomicLong next = nextLog.computeIfAbsent(message, m -> new AtomicLong());
    long due = next.get();
    if (now >= due && next.compareAndSet(due, now + LOG_NANOS)) {
      message.warn(LOG, region, cause);
    }
  }
}
