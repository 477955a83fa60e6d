package io.freshet.benchmark;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Counts operations by the processor time that their thread got. On a machine that has other work
 * to do, this says what an operation costs, where operations by the clock say how busy the machine
 * was. One thread's.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class CpuTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private long startNanos;
  private long operations;

  /** The result of an iteration, summed up over its threads. */
  public long perCpuSecond;

  /** For JMH. */
  public CpuTime() {}

  /** Begins an iteration. */
  @Setup(Level.Iteration)
  public void start() {
    operations = 0;
    startNanos = THREADS.getCurrentThreadCpuTime();
  }

  void count() {
    operations++;
  }

  /** Ends an iteration. */
  @TearDown(Level.Iteration)
  public void end() {
    long nanos = Math.max(1, THREADS.getCurrentThreadCpuTime() - startNanos);
    perCpuSecond = (long) (operations * (double) TimeUnit.SECONDS.toNanos(1) / nanos);
  }
}
