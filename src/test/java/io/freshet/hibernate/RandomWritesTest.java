package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Random writers by random paths. Runs for {@code soak.seconds} each (3 by default); {@code
 * random.seed} repeats a run.
 */
class RandomWritesTest {

  private static final long NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("soak.seconds", 3));
  private static final long SEED = Long.getLong("random.seed", System.nanoTime());
  private static final int THREADS = 8;
  private static Stage stage;

  @BeforeAll
  static void build() {
    stage =
        Stage.shop(
            "do $$ declare c record; begin for c in select conname, conrelid::regclass r from"
                + " pg_constraint where contype = 'f' loop execute format('alter table %s drop"
                + " constraint %I', c.r, c.conname); end loop; end $$",
            "alter table product add foreign key (category_id) references category on delete"
                + " cascade",
            "alter table product_labels add foreign key (product_id) references product on delete"
                + " cascade",
            "alter table product_tag add foreign key (products_id) references product on delete"
                + " cascade");
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    stage.seed();
  }

  private static void sql(Session session, String sql) {
    session.createNativeMutationQuery(sql).executeUpdate();
  }

  private static void jdbc(Session session, String sql) {
    session.doWork(
        connection -> {
          try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
          }
        });
  }

  /** One random write; what it needs may be gone, and then it does nothing. */
  private static void write(Session session, Random random) {
    long id = 1L + random.nextInt(6);
    long category = 1L + random.nextInt(2);
    String name = "n" + random.nextInt(1000);
    Product product;
    switch (random.nextInt(13)) {
      case 0 -> {
        product = session.find(Product.class, id);
        if (product != null) {
          product.name = name;
        }
      }
      case 1 -> update(session, "name = '" + name + "'", id);
      case 2 -> sql(session, "update product set name = '" + name + "' where id = " + id);
      case 3 -> jdbc(session, "update product set name = '" + name + "' where id = " + id);
      case 4 -> update(session, "category.id = (select min(c.id) from Category c)", id);
      case 5 -> sql(session, "delete from product where id = " + id);
      case 6 ->
          jdbc(
              session,
              ("insert into product (id, sku, name, price, category_id) select %d, 'sku-%d', '%s',"
                      + " 1, (select max(id) from category) on conflict do nothing")
                  .formatted(id, id, name));
      case 7 -> sql(session, "delete from category where id = " + category);
      case 8 ->
          jdbc(
              session,
              "insert into category values (%d, '%s', 0) on conflict do nothing"
                  .replace("values", "(id, name, version) values")
                  .formatted(category, name));
      case 9 -> {
        product = session.find(Product.class, id);
        if (product != null && !product.labels.add(name)) {
          product.labels.clear();
        }
      }
      case 10 -> sql(session, "delete from product_labels where product_id = " + id);
      case 11 -> {
        Category found = session.find(Category.class, category);
        if (found != null) {
          found.name = name;
        }
      }
      default ->
          session.createMutationQuery("update Product set price = price + 1").executeUpdate();
    }
  }

  private static void update(Session session, String assignment, long id) {
    session
        .createMutationQuery("update Product set " + assignment + " where id = :id")
        .setParameter("id", id)
        .executeUpdate();
  }

  /** Compares one random cached thing with the database. */
  private static void check(Random random) {
    long id = 1L + random.nextInt(6);
    long category = 1L + random.nextInt(2);
    switch (random.nextInt(5)) {
      case 0 ->
          assertThat(nullable(stage.name(Product.class, id)))
              .isEqualTo(row("select name from product where id = " + id));
      case 1 ->
          assertThat(nullable(stage.name(Category.class, category)))
              .isEqualTo(row("select name from category where id = " + category));
      case 2 ->
          assertThat(
                  stage.<String>read(
                      s -> {
                        Category found = s.find(Category.class, category);
                        return found == null
                            ? "[]"
                            : found.products.stream().map(p -> p.id).sorted().toList().toString();
                      }))
              .isEqualTo(
                  row(
                      "select '[' || coalesce(string_agg(id::text, ', ' order by id), '') || ']'"
                          + " from product where category_id = "
                          + category));
      case 3 ->
          assertThat(
                  stage.<String>read(
                      s -> {
                        Product found = s.find(Product.class, id);
                        return found == null
                            ? "[]"
                            : found.labels.stream().sorted().toList().toString();
                      }))
              .isEqualTo(
                  row(
                      "select '[' || coalesce(string_agg(labels, ', ' order by labels collate"
                          + " \"C\"), '') || ']' from product_labels where product_id = "
                          + id));
      default ->
          assertThat(String.join(",", stage.names("Product")))
              .isEqualTo(
                  row("select coalesce(string_agg(name, ',' order by id), '') from product"));
    }
  }

  private static String nullable(String value) {
    return value == null ? "-" : value;
  }

  private static String row(String sql) {
    return nullable(stage.database.queryText(sql));
  }

  @Test
  void randomWrites_oneAfterTheOther_eachNextReadEqualsTheDatabase() {
    Random random = new Random(SEED);
    long end = System.nanoTime() + NANOS;
    for (int round = 0; System.nanoTime() - end < 0; round++) {
      if (round % 50 == 0) {
        seed();
      }
      int writes = 1 + random.nextInt(2);
      boolean rollBack = random.nextInt(4) == 0;
      Runnable transaction =
          () -> {
            if (rollBack) {
              stage.writeAndRollBack(s -> repeat(writes, () -> write(s, random)));
            } else {
              stage.write(s -> repeat(writes, () -> write(s, random)));
            }
          };
      try {
        transaction.run();
      } catch (jakarta.persistence.PersistenceException expected) {
        // a flush of what a statement of the same transaction deleted
        assertThat(expected).isNotNull();
      }
      try {
        repeat(6, () -> check(random));
      } catch (AssertionError e) {
        throw new AssertionError("seed " + SEED + ", round " + round, e);
      }
    }
  }

  private static void repeat(int times, Runnable work) {
    for (int i = 0; i < times; i++) {
      work.run();
    }
  }

  @Test
  void writersOfTwoRows_fromEightThreads_leaveTheDatabasesState() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    CyclicBarrier barrier = new CyclicBarrier(THREADS);
    long end = System.nanoTime() + NANOS;
    try {
      for (int round = 0; System.nanoTime() - end < 0; round++) {
        List<Future<Void>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          Random random = new Random(SEED + round * 31L + i);
          Callable<Void> task =
              () -> {
                barrier.await(30, TimeUnit.SECONDS);
                repeat(5, () -> contend(random));
                return null;
              };
          running.add(threads.submit(task));
        }
        for (Future<Void> task : running) {
          task.get(60, TimeUnit.SECONDS);
        }
        for (long id = 1; id <= 2; id++) {
          String row = row("select name from product where id = " + id);
          assertThat(stage.name(Product.class, id)).as("seed %d", SEED).isEqualTo(row);
          assertThat(stage.name(Product.class, id)).as("seed %d", SEED).isEqualTo(row);
        }
        assertThat(String.join(",", stage.names("Product")))
            .as("seed %d", SEED)
            .isEqualTo(row("select string_agg(name, ',' order by id) from product"));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Reads or writes one of two rows. */
  private static void contend(Random random) {
    long id = 1L + random.nextInt(2);
    String name = "n" + random.nextInt(10_000);
    switch (random.nextInt(6)) {
      case 0 -> stage.write(s -> s.find(Product.class, id).name = name);
      case 1 -> stage.write(s -> update(s, "name = '" + name + "'", id));
      case 2 ->
          stage.write(s -> jdbc(s, "update product set name = '" + name + "' where id = " + id));
      case 3 -> stage.writeAndRollBack(s -> s.find(Product.class, id).name = name);
      case 4 -> stage.names("Product");
      default -> stage.name(Product.class, id);
    }
  }
}
