package io.freshet.demo;

import io.freshet.demo.Depot.Kind;
import io.freshet.demo.Depot.RowId;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * What the applications read, at a steady pace: as fast as it goes would measure how the machine's
 * processors are shared. Thread-safe but for the readers, each of which is one thread's.
 */
final class DepotReader {

  /** Of each thread. */
  static final int READS_PER_SECOND = 2_000;

  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1) / READS_PER_SECOND;
  private static final long MOST_DEBT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int RATE_SHARE = 10;

  private final Depot.Size size;
  private final Expectations expectations;
  private final LongAdder reads = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder stale = new LongAdder();
  private volatile boolean stopped;

  DepotReader(Depot.Size size, Expectations expectations) {
    this.size = size;
    this.expectations = expectations;
  }

  /** Reads until it is stopped. */
  Callable<Void> on(DepotNode node, long seed) {
    return () -> {
      Dice dice = new Dice(seed);
      long due = System.nanoTime();
      while (!stopped) {
        judge(node, next(dice));
        due = Math.max(due + INTERVAL_NANOS, System.nanoTime() - MOST_DEBT_NANOS);
        LockSupport.parkNanos(due - System.nanoTime());
      }
      return null;
    };
  }

  /** Half of the rates are left to whoever measures, and so are the last rows of each table. */
  private RowId next(Dice dice) {
    Kind kind =
        switch (dice.below(RATE_SHARE)) {
          case 0 -> Kind.RATE;
          case 1 -> Kind.VOUCHER;
          case 2 -> Kind.PARCEL;
          case 3, 4 -> Kind.LINES;
          default -> Kind.ARTICLE;
        };
    int rows = kind == Kind.RATE ? Depot.RATES / 2 : size.of(kind) * 4 / 5;
    long id = dice.popular(rows);
    return new RowId(kind, kind == Kind.VOUCHER && dice.below(20) == 0 ? id + Depot.MOVED : id);
  }

  private void judge(DepotNode node, RowId key) {
    long begin = System.nanoTime();
    long value = node.read(key);
    reads.increment();
    switch (expectations.judge(key, node.number(), begin, value)) {
      case LATE -> late.increment();
      case STALE -> stale.increment();
      case FRESH -> {}
    }
  }

  void stop() {
    stopped = true;
  }

  long reads() {
    return reads.sum();
  }

  /** Reads that showed what had been replaced, but not for longer than the bound. */
  long late() {
    return late.sum();
  }

  long stale() {
    return stale.sum();
  }
}
