package io.freshet.demo;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What one feed did to two nodes. Used by one thread. */
final class FeedResult {

  final Feed feed;

  /** By node. */
  final List<Latencies> byNode = List.of(new Latencies(), new Latencies());

  /** Of both nodes. */
  final Map<OutsideWrite, Latencies> byWay = new EnumMap<>(OutsideWrite.class);

  long writes;
  long reads;
  long late;
  long stale;
  long readAfterBarriers;
  long wrongAfterBarriers;
  double hitRatioBefore;
  double hitRatioDuring;
  double hitRatioAfter;
  Duration cut = Duration.ZERO;
  Duration healed = Duration.ZERO;
  long bypassed;
  long cached;
  long survivorsOne;
  long survivorsTwo;

  FeedResult(Feed feed) {
    this.feed = feed;
    for (OutsideWrite way : OutsideWrite.values()) {
      byWay.put(way, new Latencies());
    }
  }

  Latencies of(OutsideWrite way) {
    return byWay.getOrDefault(way, byNode.get(0));
  }

  boolean isTruthful() {
    return stale == 0 && wrongAfterBarriers == 0;
  }
}
