package io.freshet.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.query.MutationQuery;
import org.hibernate.query.SynchronizeableQuery;
import org.hibernate.stat.Statistics;

/** Many full regions that are read while somebody runs native updates. Used by one thread. */
final class BulkTask implements Task {

  static final String REGIONS = "regions";
  static final String ENTRIES = "entries";
  static final String THREADS = "threads";
  static final String SECONDS = "seconds";
  static final String UPDATE = "update";

  private static final int UPDATED_ROWS = 10;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final List<Class<?>> entities;
  private final int entries;
  private final SessionFactory factory;
  private int updates;

  /** How the rows are changed, once a second. */
  enum Update {
    NO(""),
    /** Whose rows can be told from its text. */
    BY_KEYS("id in (...)"),
    BY_RANGE("id between"),
    /** The developer has said which entity is meant. */
    WITH_SPACE("id between, query space declared");

    private final String label;

    Update(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  BulkTask(Words command) throws Exception {
    int regions = command.whole(REGIONS);
    entries = command.whole(ENTRIES);
    entities = Generated.entities(regions);
    Generated.createTables(command, regions, entries);
    factory = Factories.open(command, entities, Generated.regions(entities), entries * 2L);
    for (Class<?> entity : entities) {
      factory.inSession(
          session -> session.createSelectionQuery("from " + entity.getName(), entity).list());
    }
    factory.getStatistics().setStatisticsEnabled(true);
  }

  @Override
  public Words turn(Words command) throws Exception {
    Update update = Update.valueOf(command.text(UPDATE));
    double seconds = command.number(SECONDS);
    Statistics statistics = factory.getStatistics();
    statistics.clear();
    LongAdder reads = new LongAdder();
    Seconds slices = new Seconds(reads, statistics);
    long slice = (long) (seconds * 1e9 / Math.max(1, Math.round(seconds)));
    AtomicBoolean stopped = new AtomicBoolean();
    ExecutorService beside = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> running = new ArrayList<>();
      running.add(beside.submit(() -> repeat(slice, slice, stopped, slices::end)));
      if (update != Update.NO) {
        running.add(beside.submit(() -> repeat(slice / 2, slice, stopped, () -> update(update))));
      }
      Threads.Count count;
      try {
        count =
            Threads.run(
                command.whole(THREADS),
                seconds,
                thread ->
                    () -> {
                      long read = read();
                      reads.increment();
                      return read;
                    });
      } finally {
        stopped.set(true);
      }
      for (Future<?> one : running) {
        one.get();
      }
      slices.end();
      return result(count, slices);
    } finally {
      beside.shutdownNow();
    }
  }

  private Words result(Threads.Count count, Seconds slices) {
    Statistics statistics = factory.getStatistics();
    return Words.of()
        .with("reads", count.perSecond())
        .with("worst", slices.reads.percentile(0))
        .with(
            "hits",
            share(
                statistics.getSecondLevelCacheHitCount(),
                statistics.getSecondLevelCacheMissCount()))
        .with("worstHits", slices.hits.percentile(0))
        .with("statements", statistics.getPrepareStatementCount() * 1e9 / count.nanos());
  }

  /** Beside the readers, at those times after now. */
  private static void repeat(
      long firstNanos, long everyNanos, AtomicBoolean stopped, Runnable work) {
    long next = System.nanoTime() + firstNanos;
    while (true) {
      while (System.nanoTime() < next) {
        if (stopped.get()) {
          return;
        }
        LockSupport.parkNanos(Math.min(next - System.nanoTime(), LOOK_NANOS));
      }
      work.run();
      next += everyNanos;
    }
  }

  /** Second by second, so that the worst one can be told. Used by one thread after the other. */
  private static final class Seconds {
    private final LongAdder count;
    private final Statistics statistics;
    private final Sample reads = new Sample();
    private final Sample hits = new Sample();
    private long at = System.nanoTime();
    private long countBefore;
    private long hitsBefore;
    private long missesBefore;

    Seconds(LongAdder count, Statistics statistics) {
      this.count = count;
      this.statistics = statistics;
    }

    /** A short rest of one is no second. */
    void end() {
      long now = System.nanoTime();
      long countNow = count.sum();
      long hitsNow = statistics.getSecondLevelCacheHitCount();
      long missesNow = statistics.getSecondLevelCacheMissCount();
      if (reads.count() == 0 || now - at > TimeUnit.MILLISECONDS.toNanos(500)) {
        reads.add((countNow - countBefore) * 1e9 / (now - at));
        hits.add(share(hitsNow - hitsBefore, missesNow - missesBefore));
      }
      at = now;
      countBefore = countNow;
      hitsBefore = hitsNow;
      missesBefore = missesNow;
    }
  }

  private static double share(long hits, long misses) {
    return hits + misses == 0 ? 0 : hits / (double) (hits + misses);
  }

  private long read() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Class<?> entity = entities.get(random.nextInt(entities.size()));
    long id = 1 + random.nextLong(entries);
    try (Session session = factory.openSession()) {
      return session.find(entity, id).hashCode();
    }
  }

  /** Another region each time. */
  private void update(Update update) {
    int number = updates++ % entities.size();
    long first = 1 + ThreadLocalRandom.current().nextLong(Math.max(1, entries - UPDATED_ROWS));
    factory.inTransaction(
        session -> {
          String where = update == Update.BY_KEYS ? "in (:ids)" : "between :first and :last";
          MutationQuery query =
              session.createNativeMutationQuery(
                  "update %s set revision = revision + 1 where id %s"
                      .formatted(Generated.table(number + 1), where));
          if (update == Update.BY_KEYS) {
            query.setParameterList(
                "ids",
                java.util.stream.LongStream.range(first, first + UPDATED_ROWS).boxed().toList());
          } else {
            query.setParameter("first", first).setParameter("last", first + UPDATED_ROWS - 1);
          }
          if (update == Update.WITH_SPACE) {
            ((SynchronizeableQuery) query).addSynchronizedEntityClass(entities.get(number));
          }
          query.executeUpdate();
        });
  }

  @Override
  public void close() {
    factory.close();
  }
}
