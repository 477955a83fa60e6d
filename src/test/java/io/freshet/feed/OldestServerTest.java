package io.freshet.feed;

import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.InstalledPostgres;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.util.List;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Both feeds on the oldest release that is supported; everything else runs on the newest. */
class OldestServerTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.FEEDS;

  private static InstalledPostgres server;

  @BeforeAll
  static void start() {
    Assumptions.assumeTrue(
        InstalledPostgres.isAvailable(),
        "PostgreSQL 15 is not installed: apt-get install postgresql-15, or set FRESHET_POSTGRES_15");
    server = InstalledPostgres.start();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void everyKindOfWrite_isSeenOnBothNodes(String feed) {
    try (Nodes nodes =
        Nodes.of(TestDatabase.createOn(server.url()), feed, settings -> settings, Shop.ENTITIES)) {
      nodes.outside(
          "insert into category (id, name, version) values (1, 'one', 0)",
          "insert into product (id, sku, name, price, category_id)"
              + " select i, 'sku-' || i, 'p' || i, i, 1 from generate_series(1, 20) i",
          "insert into customer (id, full_name) values (1, 'c1'), (2, 'c2')");
      nodes.warm(
          s -> {
            assertThat(s.find(Category.class, 1L).products).hasSize(20);
            s.find(Customer.class, 1L);
          });

      nodes.outside("update product set name = 'x' where id in (3, 4)");
      assertNames(nodes, 3, "x");
      assertThat(holds(nodes.other, Product.class, 5L)).isTrue();

      nodes.outside(
          "merge into product p using (values (5, 'm')) v (id, name) on p.id = v.id"
              + " when matched then update set name = v.name");
      assertNames(nodes, 5, "m");

      write(
          nodes.one,
          s ->
              s.createNativeMutationQuery("update product set name = 'own' where price = 6")
                  .executeUpdate());
      nodes.settle();
      assertNames(nodes, 6, "own");
      assertThat(holds(nodes.one, Product.class, 7L)).isTrue();

      nodes.outside("select freshet.evict('product', '7')");
      assertThat(holds(nodes.one, Product.class, 7L)).isFalse();
      nodes.outside("truncate customer");
      assertThat(holds(nodes.one, Customer.class, 1L)).isFalse();
      assertThat(holds(nodes.one, Product.class, 8L)).isTrue();
    }
  }

  private static void assertNames(Nodes nodes, long product, String expected) {
    for (SessionFactoryImplementor node : nodes.both()) {
      String name = read(node, s -> s.find(Product.class, product).name);
      assertThat(name).isEqualTo(expected);
    }
  }
}
