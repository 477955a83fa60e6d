package io.freshet.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Threads that repeat something for a while. Stateless. */
final class Threads {

  private static final ThreadMXBean PROCESSOR_TIME = ManagementFactory.getThreadMXBean();

  private Threads() {}

  /** What one thread repeats; the result is consumed. */
  interface Operation {
    long run() throws Exception;
  }

  /** What each thread is given: one that nobody else uses. */
  interface Maker {
    Operation of(int thread);
  }

  /**
   * How often all of them ran together.
   *
   * @param results their sum, which keeps them from being optimised away
   * @param nanos of the time that they had
   * @param processorNanos of the time that they were given a processor, summed up
   */
  record Count(long operations, long results, long nanos, long processorNanos) {

    double perMilli() {
      return operations * 1e6 / nanos;
    }

    /** Of a thread: what it costs, however busy the machine is. */
    double perProcessorMilli() {
      return operations * 1e6 / Math.max(1, processorNanos);
    }

    double perSecond() {
      return operations * 1e9 / nanos;
    }
  }

  /** Runs them for that long; the first failure of any is thrown. */
  static Count run(int threads, double seconds, Maker maker) throws Exception {
    long duration = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Stop stop = new Stop();
      CountDownLatch ready = new CountDownLatch(threads);
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Count>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Operation operation = maker.of(i);
        running.add(
            executor.submit(
                () -> {
                  ready.countDown();
                  go.await();
                  return repeat(operation, stop);
                }));
      }
      ready.await();
      long begin = System.nanoTime();
      go.countDown();
      while (System.nanoTime() - begin < duration) {
        LockSupport.parkNanos(duration - (System.nanoTime() - begin));
      }
      long nanos = System.nanoTime() - begin;
      stop.stopped = true;
      long operations = 0;
      long results = 0;
      long processorNanos = 0;
      for (Future<Count> one : running) {
        Count count = one.get();
        operations += count.operations();
        results += count.results();
        processorNanos += count.processorNanos();
      }
      return new Count(operations, results, nanos, processorNanos);
    } finally {
      executor.shutdownNow();
    }
  }

  private static final class Stop implements BooleanSupplier {
    private volatile boolean stopped;

    @Override
    public boolean getAsBoolean() {
      return stopped;
    }
  }

  /** Counts only what ended in time: a slow operation must not count whole. */
  private static Count repeat(Operation operation, BooleanSupplier stop) throws Exception {
    long operations = 0;
    long results = 0;
    long begin = PROCESSOR_TIME.getCurrentThreadCpuTime();
    while (true) {
      results += operation.run();
      if (stop.getAsBoolean()) {
        return new Count(operations, results, 0, PROCESSOR_TIME.getCurrentThreadCpuTime() - begin);
      }
      operations++;
    }
  }
}
