package io.freshet.demo;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;

/**
 * Runs one engine: readers as fast as they can, writers at a fixed rate, so that both engines have
 * the same writes to cope with. Used once, by one thread; {@link #stop} is for any.
 */
final class Workload {

  private static final int WRITERS = 2;
  private static final long TICK_MILLIS = 200;
  private static final int FILLED_ROWS = 2_000;

  private final Engine engine;
  private final Plan plan;
  private final Progress progress;
  private final LongAdder reads = new LongAdder();
  private volatile boolean stopped;

  /**
   * What to run.
   *
   * @param warmUp how long to run before counting reads; a stale read counts at any time
   * @param writesPerSecond of all writers together
   */
  record Plan(
      ShopSize size,
      Duration warmUp,
      Duration duration,
      int readers,
      int writesPerSecond,
      long seed) {}

  private record Mark(long nanos, long reads, long hits, long misses) {

    double hitRatioSince(Mark start) {
      long hitsSince = hits - start.hits;
      long all = hitsSince + misses - start.misses;
      return all == 0 ? 0 : (double) hitsSince / all;
    }

    double secondsSince(Mark start) {
      return (nanos - start.nanos) / (double) TimeUnit.SECONDS.toNanos(1);
    }
  }

  Workload(Engine engine, Plan plan, Progress progress) {
    this.engine = engine;
    this.plan = plan;
    this.progress = progress;
  }

  void stop() {
    stopped = true;
  }

  Result run(DemoSchema schema) throws SQLException, InterruptedException, ExecutionException {
    progress.phase(engine, "filling " + plan.size().total() + " rows");
    schema.fill(plan.size());
    Ledger ledger = new Ledger(plan.size());
    try (SessionFactory factory = engine.start(schema.target(), plan.readers() + WRITERS + 1)) {
      Mark[] marks = work(factory, ledger);
      progress.phase(engine, "comparing the cache with the database");
      Inventory inventory = new Inventory(factory, plan.size());
      long wrong = inventory.wrongEntries(schema.target());
      new Reads(factory, plan.size(), ledger).fill(FILLED_ROWS);
      long before = inventory.entries();
      new Writes(factory, plan.size(), ledger).unrelated(1);
      long after = inventory.entries();
      Mark start = marks[0];
      Mark end = marks[1];
      return new Result(
          engine,
          end.secondsSince(start),
          end.reads() - start.reads(),
          end.hitRatioSince(start),
          ledger,
          before,
          after,
          wrong);
    }
  }

  private Mark[] work(SessionFactory factory, Ledger ledger)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(plan.readers() + WRITERS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < plan.readers(); i++) {
        running.add(threads.submit(reader(factory, ledger, plan.seed() + i)));
      }
      for (int i = 0; i < WRITERS; i++) {
        running.add(threads.submit(writer(factory, ledger, i)));
      }
      Mark start = watch(factory, ledger, plan.warmUp(), mark(factory), running);
      Mark end = watch(factory, ledger, plan.duration(), start, running);
      stopped = true;
      for (Future<?> thread : running) {
        thread.get();
      }
      return new Mark[] {start, end};
    } finally {
      stopped = true;
      threads.shutdown();
    }
  }

  /** Waits for a while, showing how it goes; ends at once when a thread has failed. */
  private Mark watch(
      SessionFactory factory, Ledger ledger, Duration duration, Mark start, List<Future<?>> running)
      throws InterruptedException {
    long until = System.nanoTime() + duration.toNanos();
    Mark now = mark(factory);
    while (now.nanos() < until && !stopped && running.stream().noneMatch(Future::isDone)) {
      TimeUnit.NANOSECONDS.sleep(
          Math.min(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS), until - now.nanos()));
      now = mark(factory);
      double seconds = now.secondsSince(start);
      progress.running(
          engine,
          seconds / (duration.toNanos() / 1e9),
          (now.reads() - start.reads()) / seconds,
          now.hitRatioSince(start),
          ledger.staleReads());
    }
    return now;
  }

  private Mark mark(SessionFactory factory) {
    Statistics statistics = factory.getStatistics();
    return new Mark(
        System.nanoTime(),
        reads.sum(),
        statistics.getSecondLevelCacheHitCount(),
        statistics.getSecondLevelCacheMissCount());
  }

  private Callable<Void> reader(SessionFactory factory, Ledger ledger, long seed) {
    return () -> {
      Reads reader = new Reads(factory, plan.size(), ledger);
      Dice dice = new Dice(seed);
      while (!stopped) {
        reader.next(dice);
        reads.increment();
      }
      return null;
    };
  }

  /** Each writer takes every path in turn; the two are half a round apart. */
  private Callable<Void> writer(SessionFactory factory, Ledger ledger, int number) {
    return () -> {
      Writes writer = new Writes(factory, plan.size(), ledger);
      Dice dice = new Dice(plan.seed() + 1_000 + number);
      long interval = TimeUnit.SECONDS.toNanos(1) * WRITERS / plan.writesPerSecond();
      int turn = number * WritePath.values().length / WRITERS;
      long due = System.nanoTime();
      while (!stopped) {
        writer.write(WritePath.at(turn++), dice);
        due += interval;
        LockSupport.parkNanos(due - System.nanoTime());
      }
      return null;
    };
  }
}
