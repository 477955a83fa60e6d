package io.freshet.bench;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;
import org.jspecify.annotations.Nullable;

/** Hits, misses and writes of one variant. Used by one thread. */
final class PeersTask implements Task {

  static final String ENTITIES = "entities";
  static final String MODE = "mode";
  static final String THREADS = "threads";
  static final String SECONDS = "seconds";

  /** Of the answer: operations per millisecond, and per millisecond of a thread's processor. */
  static final String BY_CLOCK = "clock";

  static final String BY_PROCESSOR = "processor";

  /** Instead of a turn: see whether hits hit, and misses store. */
  static final String CHECK = "check";

  private static final int CHECKED_OPERATIONS = 500;

  private final SessionFactory factory;
  private final Variant variant;
  private final int entities;
  private @Nullable Mode last;

  /** What an operation is. Each opens sessions of its own. */
  enum Mode {
    HIT("hit", 0),
    /** An entry is evicted, then its entity found: read from the database, and stored again. */
    MISS("miss", 0),
    MIXED_10("90 % hits, 10 % writes", 10),
    MIXED_50("50 % hits, 50 % writes", 50);

    private final String label;
    private final int writes;

    Mode(String label, int writes) {
      this.label = label;
      this.writes = writes;
    }

    String label() {
      return label;
    }
  }

  PeersTask(Words command) throws Exception {
    variant = Variant.valueOf(command.text(Worker.VARIANT));
    entities = command.whole(ENTITIES);
    Factories.execute(
        command,
        "create table good (id bigint primary key, name text not null, description text not null,"
            + " price int not null, stock int not null)",
        "insert into good select n, 'good ' || n, 'what there is to be said of good ' || n,"
            + " n %% 1000, 0 from generate_series(1, %d) n".formatted(entities));
    factory =
        Factories.open(command, List.of(Good.class), Set.of(Good.class.getName()), entities * 2L);
    fill();
  }

  private void fill() {
    factory.inSession(session -> session.createSelectionQuery("from Good", Good.class).list());
  }

  @Override
  public Words turn(Words command) throws Exception {
    Mode mode = Mode.valueOf(command.text(MODE));
    Factories.barrier(variant, factory);
    if (mode != last) {
      fill(); // what the mode before has evicted
      last = mode;
    }
    if (command.has(CHECK)) {
      return check(mode);
    }
    Threads.Count count =
        Threads.run(
            command.whole(THREADS), command.number(SECONDS), thread -> () -> operation(mode));
    return Words.of()
        .with(BY_CLOCK, count.perMilli())
        .with(BY_PROCESSOR, count.perProcessorMilli());
  }

  /** With statistics, which are off otherwise: they would hide part of the difference. */
  private Words check(Mode mode) {
    Statistics statistics = factory.getStatistics();
    statistics.clear();
    statistics.setStatisticsEnabled(true);
    for (int i = 0; i < CHECKED_OPERATIONS; i++) {
      operation(mode);
    }
    statistics.setStatisticsEnabled(false);
    return Words.of()
        .with("hits", statistics.getSecondLevelCacheHitCount() / (double) CHECKED_OPERATIONS)
        .with("puts", statistics.getSecondLevelCachePutCount() / (double) CHECKED_OPERATIONS);
  }

  private long operation(Mode mode) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long id = 1 + random.nextLong(entities);
    if (mode == Mode.MISS) {
      factory.getCache().evictEntityData(Good.class, id);
    } else if (mode.writes > 0 && random.nextInt(100) < mode.writes) {
      factory.inTransaction(session -> found(session.find(Good.class, id)).stock++);
      return 1;
    }
    try (Session session = factory.openSession()) {
      return found(session.find(Good.class, id)).stock;
    }
  }

  private static Good found(@Nullable Good good) {
    if (good == null) {
      throw new IllegalStateException("a good is missing");
    }
    return good;
  }

  @Override
  public void close() {
    factory.close();
  }
}
