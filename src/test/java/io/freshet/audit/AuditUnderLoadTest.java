package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.AuditReport.Totals;
import io.freshet.Freshet;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Audits without pause while everybody writes: nothing is broken, so there must be no alarm. Runs
 * for {@code soak.seconds} per feed (3 by default).
 */
class AuditUnderLoadTest {

  private static final long NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("soak.seconds", 3));
  private static final int PRODUCTS = 12;

  private long until;

  private static void fill(TestDatabase database) {
    database.execute(
        "insert into category (id, name, version) values (1, 'one', 0), (2, 'two', 0)");
    for (int i = 1; i <= PRODUCTS; i++) {
      database.execute(
          "insert into product (id, sku, name, price, category_id) values (%d, 's%1$d', 'p', 10, 1)"
              .formatted(i));
    }
  }

  private static void read(Session session, Random random) {
    Hibernate.initialize(session.find(Category.class, 1L + random.nextInt(2)).products);
    Product product = session.find(Product.class, 1L + random.nextInt(PRODUCTS));
    if (product != null) {
      Hibernate.initialize(product.labels);
    }
    session.find(Product.class, "s" + random.nextInt(30), KeyType.NATURAL);
    session
        .createSelectionQuery(
            "select p.name, p.price from Product p where p.price > :least", Object[].class)
        .setParameter("least", random.nextInt(4))
        .setCacheable(true)
        .getResultList();
  }

  private static void writeOutside(Connection connection, Random random) throws Exception {
    long id = 1L + random.nextInt(PRODUCTS);
    String sql =
        switch (random.nextInt(5)) {
          case 0 -> "update product set price = " + random.nextInt(3) + " where id = " + id;
          case 1 -> "update product set category_id = 3 - category_id where id = " + id;
          case 2 ->
              "update product set sku = 's" + (id + 12L * random.nextInt(2)) + "' where id = " + id;
          case 3 ->
              "insert into product_labels (product_id, labels) values ("
                  + id
                  + ", 'l') on conflict do nothing";
          default -> "delete from product_labels where product_id = " + id;
        };
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void writeInside(Session session, Random random) {
    long id = 1L + random.nextInt(PRODUCTS);
    switch (random.nextInt(3)) {
      case 0 -> session.find(Product.class, id).name = "n" + random.nextInt(3);
      case 1 ->
          session
              .createMutationQuery("update Product set price = :p where id = :id")
              .setParameter("p", random.nextInt(3))
              .setParameter("id", id)
              .executeUpdate();
      default ->
          session.find(Category.class, 1L + random.nextInt(2)).name = "c" + random.nextInt(3);
    }
  }

  private Callable<Integer> loop(Callable<?> work) {
    return () -> {
      int done = 0;
      for (; System.nanoTime() < until; done++) {
        work.call();
      }
      return done;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"notify", "wal"})
  void everybodyWrites_nothingIsBroken_noAlarm(String feed) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (TestDatabase database = TestDatabase.create();
        CapturedLog log = CapturedLog.of("io.freshet.audit");
        SessionFactoryImplementor factory =
            SessionFactories.on(database)
                .with("freshet.feed", feed)
                .with("freshet.tracking", "install")
                .build(Shop.ENTITIES);
        Connection outside = database.connect()) {
      fill(database);
      until = System.nanoTime() + NANOS;
      Random random = new Random();
      List<Callable<?>> work = new ArrayList<>();
      work.add(
          () -> {
            writeOutside(outside, random);
            return null;
          });
      for (int i = 0; i < 2; i++) {
        work.add(
            () -> {
              factory.inTransaction(session -> read(session, random));
              return null;
            });
      }
      work.add(
          () -> {
            try {
              factory.inTransaction(session -> writeInside(session, random));
            } catch (jakarta.persistence.OptimisticLockException e) {
              // somebody else was first
            }
            return null;
          });
      work.add(() -> Freshet.of(factory).audit());
      List<Future<Integer>> running = new ArrayList<>();
      work.forEach(one -> running.add(threads.submit(loop(one))));
      for (Future<Integer> one : running) {
        assertThat(one.get(1, TimeUnit.HOURS)).isPositive();
      }

      Totals totals = Freshet.of(factory).status().audit().orElseThrow();
      assertThat(log.lines()).isEmpty();
      assertThat(totals.stale()).isZero();
      assertThat(totals.unproven()).isZero();
      assertThat(totals.notCompared()).isZero();
      assertThat(totals.fresh()).as("what was compared and equal").isPositive();
      assertThat(totals.overtaken()).as("what needed a barrier and a second look").isPositive();
    } finally {
      threads.shutdownNow();
    }
  }
}
