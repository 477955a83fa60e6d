package io.freshet.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * A session factory of so many regions of so many entries: how it boots, what it holds, how fast it
 * is, how it ends. Used by one thread.
 */
final class GrowthTask implements Task {

  static final String REGIONS = "regions";
  static final String ENTRIES = "entries";

  /** The database is empty. */
  static final String NEW = "new";

  static final String STEP = "step";
  static final String SECONDS = "seconds";

  private static final int COLLECTIONS = 2;
  private static final int EVICTIONS = 20_000;

  private final Words command;
  private final int regions;
  private final int entries;
  private final List<Class<?>> entities;
  private @Nullable SessionFactory factory;

  /** What is measured, in this order. */
  enum Step {
    BOOT,
    /** What it holds while nothing is cached. */
    EMPTY_HEAP,
    /** Fills the cache. */
    FILL,
    HEAP,
    HITS,
    EVICTIONS,
    SHUTDOWN
  }

  GrowthTask(Words command) throws Exception {
    this.command = command;
    regions = command.whole(REGIONS);
    entries = command.whole(ENTRIES);
    entities = Generated.entities(regions);
    if (command.has(NEW)) {
      Generated.createTables(command, regions, entries);
    }
  }

  @Override
  public Words turn(Words turn) throws Exception {
    double value =
        switch (Step.valueOf(turn.text(STEP))) {
          case BOOT -> boot();
          case EMPTY_HEAP, HEAP -> used();
          case FILL -> fill();
          case HITS -> hits(turn.number(SECONDS));
          case EVICTIONS -> evictions();
          case SHUTDOWN -> shutdown();
        };
    return Words.of().with("value", value);
  }

  /** Milliseconds. */
  private double boot() throws Exception {
    long begin = System.nanoTime();
    factory = Factories.open(command, entities, Generated.regions(entities), entries * 2L);
    return (System.nanoTime() - begin) / 1e6;
  }

  private SessionFactory factory() {
    SessionFactory known = factory;
    if (known == null) {
      throw new IllegalStateException("it has not booted");
    }
    return known;
  }

  /** Milliseconds. */
  private double fill() {
    long begin = System.nanoTime();
    entities.forEach(entity -> fill(entity, entries));
    return (System.nanoTime() - begin) / 1e6;
  }

  private void fill(Class<?> entity, int most) {
    for (long first = 1; first <= most; first += 1_000) {
      long from = first;
      factory()
          .inSession(
              session ->
                  session
                      .createSelectionQuery(
                          "from " + entity.getName() + " where id between ?1 and ?2", entity)
                      .setParameter(1, from)
                      .setParameter(2, Math.min(most, from + 999))
                      .list());
    }
  }

  /** Operations per millisecond of one thread. */
  private double hits(double seconds) throws Exception {
    Threads.run(1, seconds * 2, thread -> this::hit); // warms up
    return Threads.run(1, seconds, thread -> this::hit).perMilli();
  }

  private long hit() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Class<?> entity = entities.get(random.nextInt(entities.size()));
    try (Session session = factory().openSession()) {
      return session.find(entity, 1 + random.nextLong(entries)).hashCode();
    }
  }

  /** Nanoseconds of each, of what is there; the first half warms up. */
  private double evictions() {
    Class<?> entity = entities.get(0);
    List<Long> ids =
        LongStream.rangeClosed(1, Math.min(entries, EVICTIONS))
            .boxed()
            .collect(Collectors.toCollection(ArrayList::new));
    long nanos = 0;
    int evicted = 0;
    for (int i = 0; i < 2 * EVICTIONS; i += ids.size()) {
      fill(entity, ids.size());
      Collections.shuffle(ids);
      long begin = System.nanoTime();
      ids.forEach(id -> factory().getCache().evictEntityData(entity, id));
      if (i >= EVICTIONS) {
        nanos += System.nanoTime() - begin;
        evicted += ids.size();
      }
    }
    return nanos / (double) evicted;
  }

  /** Milliseconds. */
  private double shutdown() {
    long begin = System.nanoTime();
    factory().close();
    factory = null;
    return (System.nanoTime() - begin) / 1e6;
  }

  /** Bytes, when all garbage has been collected. */
  private static double used() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Override
  public void close() {
    SessionFactory known = factory;
    if (known != null) {
      known.close();
    }
  }
}
