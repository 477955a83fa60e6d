package io.freshet.postgres.feed;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Barriers that are under way. Thread-safe.
 *
 * <p>The stream keeps their order: when one has come back, those that were sent before it can only
 * have got lost, and are forgotten.
 */
final class Barriers {

  private final ConcurrentSkipListMap<Long, Long> sentNanos = new ConcurrentSkipListMap<>();
  private long last;

  /** A barrier that is about to be sent; by one thread only. */
  long register(long nowNanos) {
    last++;
    sentNanos.put(last, nowNanos);
    return last;
  }

  /** When the barrier that has come back was sent; empty if it is none of these. */
  OptionalLong returned(long nonce) {
    Long sent = sentNanos.get(nonce);
    sentNanos.headMap(nonce, true).clear();
    return sent == null ? OptionalLong.empty() : OptionalLong.of(sent);
  }

  /** When the oldest barrier was sent that has not come back. */
  Optional<Long> oldestNanos() {
    return Optional.ofNullable(sentNanos.firstEntry()).map(java.util.Map.Entry::getValue);
  }
}
