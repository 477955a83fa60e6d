package io.freshet.benchmark;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** One operation in ten is a transaction that finds an entity and changes it; the rest find. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class MixedBenchmark {

  private static final int ONE_WRITE_IN = 10;

  /** For JMH. */
  public MixedBenchmark() {}

  /** A read or, now and then, a write. */
  @Benchmark
  public void mixed(CachedItems items, CpuTime cpu, Blackhole hole) {
    cpu.count();
    long id = items.randomId();
    if (ThreadLocalRandom.current().nextInt(ONE_WRITE_IN) == 0) {
      items.update(id);
    } else {
      hole.consume(items.find(id));
    }
  }
}
