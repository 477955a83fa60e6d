package io.freshet.bench;

import io.freshet.bench.Store.Category;
import io.freshet.bench.Store.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;
import org.jspecify.annotations.Nullable;

/** A shop that is read, and written a little, while somebody else writes too. One thread. */
final class ShopTask implements Task {

  static final String PRODUCTS = "products";
  static final String THREADS = "threads";
  static final String SECONDS = "seconds";

  /** Seconds of the same load before them, which begin with an empty cache. */
  static final String LEAD_IN = "leadIn";

  /** Commits per second of the other writer. */
  static final String PACE = "pace";

  private static final int PRODUCTS_PER_CATEGORY = 20;
  private static final int WRITES_PERCENT = 5;
  private static final int CATEGORIES_PERCENT = 10;
  private static final int NATURAL_IDS_PERCENT = 15;
  private static final int TIMED_ONE_IN = 8;

  private final SessionFactory factory;
  private final Popular products;
  private final Popular categories;
  private final OutsideWriter writer;

  /** What one thread has seen. Used by that thread. */
  private static final class Seen {
    private final Sample latencies = new Sample();
    private final Sample ages = new Sample();
    private long checked;
    private long operations;
  }

  ShopTask(Words command) throws Exception {
    int count = command.whole(PRODUCTS);
    int groups = Math.max(1, count / PRODUCTS_PER_CATEGORY);
    Factories.execute(command, Store.tables(count, groups));
    products = new Popular(count);
    categories = new Popular(groups);
    writer = new OutsideWriter(command.text(Worker.URL), count, products);
    factory = Factories.open(command, Store.ENTITIES, Store.REGIONS, count * 2L);
    factory.inSession(
        session ->
            session
                .createSelectionQuery("from Category c left join fetch c.products", Category.class)
                .list());
    factory.getStatistics().setStatisticsEnabled(true);
  }

  @Override
  public Words turn(Words command) throws Exception {
    ExecutorService outside = Executors.newSingleThreadExecutor();
    try {
      int pace = command.whole(PACE);
      Future<Long> written = outside.submit(() -> writer.write(pace));
      List<Seen> seen = new ArrayList<>();
      Threads.Count count;
      try {
        factory.getCache().evictAllRegions();
        run(command.whole(THREADS), command.number(LEAD_IN), new ArrayList<>());
        factory.getStatistics().clear();
        count = run(command.whole(THREADS), command.number(SECONDS), seen);
      } finally {
        writer.stop();
      }
      return result(count, seen, written.get());
    } finally {
      outside.shutdownNow();
    }
  }

  private Threads.Count run(int threads, double seconds, List<Seen> all) throws Exception {
    return Threads.run(
        threads,
        seconds,
        thread -> {
          Seen one = new Seen();
          all.add(one);
          return () -> operation(one);
        });
  }

  private Words result(Threads.Count count, List<Seen> seen, long written) {
    Statistics statistics = factory.getStatistics();
    Sample latencies = new Sample();
    Sample ages = new Sample();
    long checked = 0;
    for (Seen one : seen) {
      latencies.addAll(one.latencies);
      ages.addAll(one.ages);
      checked += one.checked;
    }
    double seconds = count.nanos() / 1e9;
    double asked =
        statistics.getSecondLevelCacheHitCount() + statistics.getSecondLevelCacheMissCount();
    return Words.of()
        .with("operations", count.perSecond())
        .with("p50", latencies.median() / 1e3)
        .with("p99", latencies.percentile(0.99) / 1e3)
        .with("checked", checked)
        .with("stale", ages.count())
        .with("ageP50", ages.median() / 1e6)
        .with("ageP99", ages.percentile(0.99) / 1e6)
        .with("ageMax", ages.percentile(1) / 1e6)
        .with("hits", asked == 0 ? 0 : statistics.getSecondLevelCacheHitCount() / asked)
        .with("statements", statistics.getPrepareStatementCount() / seconds)
        .with("written", written / seconds);
  }

  private long operation(Seen seen) {
    int kind = ThreadLocalRandom.current().nextInt(100);
    boolean timed = seen.operations++ % TIMED_ONE_IN == 0;
    long begin = timed ? System.nanoTime() : 0;
    long result = operation(kind, seen);
    if (timed) {
      seen.latencies.add((double) (System.nanoTime() - begin));
    }
    return result;
  }

  private long operation(int kind, Seen seen) {
    if (kind < WRITES_PERCENT) {
      return rename(products.next());
    }
    if (kind < WRITES_PERCENT + CATEGORIES_PERCENT) {
      long id = categories.next();
      return factory.fromSession(
          session -> (long) found(session.find(Category.class, id)).products.size());
    }
    return product(
        products.next(), kind < WRITES_PERCENT + CATEGORIES_PERCENT + NATURAL_IDS_PERCENT, seen);
  }

  private long rename(long id) {
    String name = "product " + ThreadLocalRandom.current().nextInt();
    factory.inTransaction(session -> found(session.find(Product.class, id)).name = name);
    return 1;
  }

  private long product(int id, boolean byNaturalId, Seen seen) {
    long committed = writer.committed(id);
    long begin = System.nanoTime();
    long read;
    try (Session session = factory.openSession()) {
      read =
          found(
                  byNaturalId
                      ? session.find(Product.class, "sku-" + id, KeyType.NATURAL)
                      : session.find(Product.class, (long) id))
              .revision;
    }
    seen.checked++;
    if (read < committed) {
      seen.ages.add((double) (begin - writer.replaced(id, read)));
    }
    return read;
  }

  private static <T> T found(@Nullable T entity) {
    if (entity == null) {
      throw new IllegalStateException("a row is missing");
    }
    return entity;
  }

  @Override
  public void close() {
    factory.close();
  }
}
