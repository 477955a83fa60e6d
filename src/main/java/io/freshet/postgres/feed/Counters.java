package io.freshet.postgres.feed;

import java.util.concurrent.atomic.LongAdder;

/** What has come through a feed. Thread-safe. */
final class Counters {

  final LongAdder messages = new LongAdder();
  final LongAdder rows = new LongAdder();
  final LongAdder reconnects = new LongAdder();
}
