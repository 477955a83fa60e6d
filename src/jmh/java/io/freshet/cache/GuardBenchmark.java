package io.freshet.cache;

import io.freshet.EvictionCause;
import io.freshet.benchmark.FreshetItems;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What keeps the cache truthful, each part alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class GuardBenchmark {

  private static final int KEYS = 10_000;

  private final Guard guard = new Guard();
  private final Gate unleased = new Gate(CachingClock.system()::now);
  private final Gate leased = new Gate(CachingClock.system()::now);
  private final Long[] keys = new Long[KEYS];

  /** Every key has been invalidated. */
  public GuardBenchmark() {
    for (int i = 0; i < KEYS; i++) {
      keys[i] = (long) i;
      guard.stamp(keys[i], i);
    }
    leased.close();
    leased.openUntil(CachingClock.system().now() + TimeUnit.DAYS.toNanos(1));
  }

  /** What a hit does to pass the gate without a feed. */
  @Benchmark
  public boolean gateWithoutFeed() {
    return unleased.holds(unleased.lease());
  }

  /** What a hit does to pass the gate with a feed. */
  @Benchmark
  public boolean gateWithFeed() {
    return leased.holds(leased.lease());
  }

  /** Whether a value may be stored. */
  @Benchmark
  public boolean guardCheck() {
    return guard.admits(keys[ThreadLocalRandom.current().nextInt(KEYS)], KEYS);
  }

  /** A value that was read before its key was invalidated. */
  @Benchmark
  public boolean refusedPut(FreshetItems items) {
    return items.region().load(items.staleContext(), items.randomKey(), items, null, null);
  }

  /** The eviction of one key. */
  @Benchmark
  public void eviction(FreshetItems items) {
    items.region().invalidate(items.randomKey(), EvictionCause.REQUEST);
  }
}
