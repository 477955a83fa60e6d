package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.Shop.Tag;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hibernate.ObjectNotFoundException;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/**
 * Random statements from outside while both nodes read all the time, so that loads and evictions
 * meet. Whenever the writer rests, everything that a node answers equals the database. Runs for
 * {@code soak.seconds} per feed (2 by default); {@code random.seed} repeats a run's statements.
 */
class RandomOutsideWritesTest extends ShapeTests {

  private static final long NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("soak.seconds", 2));
  private static final long SEED = Long.getLong("random.seed", System.nanoTime());
  private static final int IDS = 4;

  @Override
  CacheView build(String feed) {
    CacheView view = CacheView.of(feed, Shop.ENTITIES);
    for (long id = 1; id <= IDS; id++) {
      view.entities(Category.class, id)
          .collections(Category.class, "products", id)
          .entities(Product.class, id)
          .collections(Product.class, "labels", id)
          .collections(Product.class, "tags", id)
          .naturalId(Product.class, Map.of("sku", "sku-" + id))
          .entities(Tag.class, id)
          .collections(Tag.class, "products", id)
          .entities(Customer.class, id);
    }
    view.nodes.outside(
        "do $$ declare c record; begin for c in select conname, conrelid::regclass r from"
            + " pg_constraint where contype in ('f', 'u') and connamespace = 'public'::regnamespace loop execute format('alter table %s drop"
            + " constraint %I', c.r, c.conname); end loop; end $$",
        "alter table product add unique (sku) deferrable initially immediate",
        "alter table product add foreign key (category_id) references category on delete set null"
            + " on update cascade",
        "alter table product_labels add foreign key (product_id) references product on delete"
            + " cascade on update cascade",
        "alter table product_tag add foreign key (products_id) references product on delete cascade"
            + " on update cascade",
        "alter table product_tag add foreign key (tags_id) references tag on delete cascade");
    return view.query("names", "select p.name from Product p order by p.id")
        .query("labelled", "select p.id, l from Product p join p.labels l order by p.id, l")
        .query("customers", "select c.name from Customer c order by c.id");
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate category, product, tag, product_tag, product_labels, customer, note",
      "insert into category(id, name, version) values (1, 'c', 0), (2, 'd', 0)",
      "insert into tag(id, name) values (1, 't'), (2, 'u')",
      "insert into product(id, sku, name, price, category_id) select i, 'sku-' || i, 'p', i, 1 + i %"
          + " 2 from generate_series(1, 4) i",
      "insert into product_tag(products_id, tags_id) values (1, 1), (2, 1)",
      "insert into product_labels(product_id, labels) values (1, 'l'), (2, 'm')",
      "insert into customer(id, full_name) values (1, 'x'), (2, 'y')"
    };
  }

  /** One random statement; one that breaks a constraint does nothing. */
  private static String statement(Random random) {
    int id = 1 + random.nextInt(IDS);
    int other = 1 + random.nextInt(IDS);
    String name = "'n" + random.nextInt(1000) + "'";
    return switch (random.nextInt(20)) {
      case 0 -> "update product set name = " + name + " where id = " + id;
      case 1 -> "update product set category_id = " + other + " where id = " + id;
      case 2 -> "update product set category_id = null where id = " + id;
      case 3 -> "delete from product where id = " + id;
      case 4 ->
          "insert into product(id, sku, name, price) values (%d, 'sku-%d', %s, 1)"
              .formatted(id, id, name);
      case 5 ->
          ("update product p set sku = q.sku from product q where p.id in (%1$d, %2$d) and q.id in"
                  + " (%1$d, %2$d) and p.id <> q.id")
              .formatted(id, other);
      case 6 -> "update product set id = " + other + " where id = " + id;
      case 7 -> "update category set name = " + name + " where id = " + id;
      case 8 -> "delete from category where id = " + id;
      case 9 ->
          "insert into category(id, name, version) values (%d, %s, 0) on conflict (id) do update"
                  .formatted(id, name)
              + " set name = excluded.name";
      case 10 -> "update category set id = " + other + " where id = " + id;
      case 11 -> "insert into product_labels(product_id, labels) values (" + id + ", " + name + ")";
      case 12 -> "delete from product_labels where product_id = " + id;
      case 13 -> "update product_labels set product_id = " + other + " where product_id = " + id;
      case 14 -> "insert into product_tag(products_id, tags_id) values (" + id + ", " + other + ")";
      case 15 -> "delete from product_tag where tags_id = " + id;
      case 16 -> "insert into tag(id, name) values (" + id + ", " + name + ")";
      case 17 -> "delete from tag where id = " + id;
      case 18 ->
          ("merge into customer c using (values (%d, %s)) v(id, n) on c.id = v.id when matched then"
                  + " update set full_name = v.n when not matched then insert values (v.id, v.n)")
              .formatted(id, name);
      default -> random.nextInt(5) == 0 ? "truncate customer" : "update product set price = price";
    };
  }

  /** A few statements, committed or rolled back together, or each for itself. */
  private static void write(Connection connection, Random random) throws SQLException {
    int kind = random.nextInt(4);
    connection.setAutoCommit(kind > 1);
    for (int i = random.nextInt(3); i >= 0; i--) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(statement(random));
      } catch (SQLException e) {
        // a constraint: the transaction is over
        break;
      }
    }
    if (kind == 0) {
      connection.rollback();
    } else if (kind == 1) {
      connection.commit();
    }
  }

  @OnBothFeeds
  void randomStatements_whileBothNodesRead_answersEqualTheDatabase(String feed) throws Exception {
    CacheView view = view(feed);
    ExecutorService readers = Executors.newFixedThreadPool(2);
    AtomicBoolean done = new AtomicBoolean();
    List<Future<?>> reading = new ArrayList<>();
    for (SessionFactoryImplementor node : view.nodes.both()) {
      reading.add(readers.submit(() -> readUntil(done, view, node)));
    }
    Random random = new Random(SEED);
    int round = 0;
    try (Connection connection = view.nodes.database.connect()) {
      long end = System.nanoTime() + NANOS;
      for (; System.nanoTime() - end < 0; round++) {
        for (int i = random.nextInt(6); i >= 0; i--) {
          write(connection, random);
        }
        view.nodes.settle();
        Map<String, String> truth = view.truth();
        for (SessionFactoryImplementor node : view.nodes.both()) {
          assertThat(view.answers(node))
              .as("-Drandom.seed=%d, %s, round %d", SEED, feed, round)
              .isEqualTo(truth);
        }
      }
    } finally {
      done.set(true);
      readers.shutdown();
    }
    for (Future<?> reader : reading) {
      reader.get();
    }
    assertThat(round).isPositive();
  }

  private static void readUntil(
      AtomicBoolean done, CacheView view, SessionFactoryImplementor node) {
    List<String> names = view.names();
    Random random = new Random(SEED);
    while (!done.get()) {
      try {
        view.answer(node, names.get(random.nextInt(names.size())));
      } catch (ObjectNotFoundException e) {
        // deleted between two statements of one read
        assertThat(e.getEntityName()).isNotEmpty();
      }
    }
  }
}
