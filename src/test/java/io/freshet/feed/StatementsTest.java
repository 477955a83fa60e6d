package io.freshet.feed;

import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.region;
import static io.freshet.feed.Nodes.settle;
import static io.freshet.feed.Nodes.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import jakarta.persistence.ParameterMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Statements of a node whose rows only the database knows: seen at once by the node itself, and
 * nothing is evicted but what the feed tells of.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatementsTest {

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.FEEDS;

  private static final int MANY = 10_000;

  private final Map<String, Nodes> stages = new HashMap<>();

  private Nodes stage(String feed) {
    Nodes nodes =
        stages.computeIfAbsent(
            feed,
            f -> {
              Nodes made = Nodes.of(f, Shop.ENTITIES);
              made.database.execute(
                  "create function rename_cheap(n text) returns bigint language plpgsql as"
                      + " $$ begin execute 'update product set name = $1 where price < 15' using n;"
                      + " return 1; end $$",
                  "create procedure rename_by_call(n text) language plpgsql as"
                      + " $$ begin update product set name = n where price < 15; end $$");
              return made;
            });
    nodes.outside(
        "truncate category, product, tag, product_tag, product_labels, customer, note",
        "insert into category (id, name, version) values (1, 'one', 0)",
        "insert into product (id, sku, name, price, category_id) values (1, 'sku-1', 'p1', 10, 1),"
            + " (2, 'sku-2', 'p2', 20, 1)",
        "insert into customer (id, full_name) values (1, 'c1')");
    nodes.warm(
        s -> {
          s.find(Category.class, 1L);
          s.find(Customer.class, 1L);
          s.find(Product.class, 1L);
          s.find(Product.class, 2L);
        });
    return nodes;
  }

  @AfterAll
  void close() {
    stages.values().forEach(Nodes::close);
  }

  private void assertOnlyTheFirstProductGoes(String feed, Consumer<Session> change) {
    Nodes nodes = stage(feed);

    write(nodes.one, change);

    assertThat(name(nodes.one, 1)).as("at once, on the node that wrote").isEqualTo("changed");
    nodes.settle();
    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(name(node, 1)).isEqualTo("changed");
      assertThat(holds(node, Product.class, 2L)).isTrue();
      assertThat(holds(node, Category.class, 1L)).isTrue();
      assertThat(holds(node, Customer.class, 1L)).isTrue();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void hqlByAnotherColumn_takesTheRow(String feed) {
    assertOnlyTheFirstProductGoes(
        feed,
        s ->
            s.createMutationQuery("update Product set name = 'changed' where price < 15")
                .executeUpdate());
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void nativeSqlByAnotherColumn_takesTheRow(String feed) {
    assertOnlyTheFirstProductGoes(
        feed,
        s ->
            s.createNativeMutationQuery("update product set name = 'changed' where price < 15")
                .executeUpdate());
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void selectOfAWritingFunction_takesTheRow(String feed) {
    assertOnlyTheFirstProductGoes(
        feed,
        s -> s.createNativeQuery("select rename_cheap('changed')", Long.class).getSingleResult());
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void procedure_takesTheRow(String feed) {
    assertOnlyTheFirstProductGoes(
        feed,
        s -> {
          var call = s.createStoredProcedureCall("rename_by_call");
          call.registerStoredProcedureParameter(1, String.class, ParameterMode.IN);
          call.setParameter(1, "changed");
          call.execute();
        });
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void jdbcInDoWork_takesTheRow(String feed) {
    assertOnlyTheFirstProductGoes(
        feed,
        s ->
            s.doWork(
                connection -> {
                  try (var statement = connection.createStatement()) {
                    statement.execute(
                        "do $$ begin update product set name = 'changed'"
                            + " where price < 15; end $$");
                  }
                }));
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void statelessSession_takesTheRow(String feed) {
    Nodes nodes = stage(feed);

    try (StatelessSession session = nodes.one.openStatelessSession()) {
      Product product = session.get(Product.class, 1L);
      product.name = "changed";
      session.beginTransaction();
      session.update(product);
      session.getTransaction().commit();
    }

    assertThat(name(nodes.one, 1)).isEqualTo("changed");
    nodes.settle();
    assertThat(name(nodes.other, 1)).isEqualTo("changed");
    assertThat(holds(nodes.one, Product.class, 2L)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void tenRowsOfTenThousand_takeTen(String feed) {
    Nodes nodes = stage(feed);
    nodes.outside(
        "insert into customer select i, 'c' || i from generate_series(2, " + MANY + ") i");
    read(nodes.one, s -> s.createSelectionQuery("from Customer", Customer.class).getResultList());
    assertThat(region(nodes.one, Customer.class.getName()).entries()).isEqualTo(MANY);

    write(
        nodes.one,
        s ->
            s.createNativeMutationQuery("update customer set full_name = 'x' where id % 1000 = 7")
                .executeUpdate());
    settle(nodes.one);

    assertThat(region(nodes.one, Customer.class.getName()).entries()).isEqualTo(MANY - 10);
    assertThat(customer(nodes.one, 7)).isEqualTo("x");
    assertThat(customer(nodes.one, 8)).isEqualTo("c8");
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void hundredThousandRows_areOneMessage_andTheRegionGoes(String feed) {
    Nodes nodes = stage(feed);
    long messages = Nodes.feed(nodes.one).counts().messages();
    long rows = Nodes.feed(nodes.one).counts().rows();

    nodes.outside("insert into customer select i, 'c' || i from generate_series(2, 100000) i");
    nodes.outside("update customer set full_name = 'all'");

    assertThat(Nodes.feed(nodes.one).counts().messages()).isEqualTo(messages + 2);
    assertThat(Nodes.feed(nodes.one).counts().rows()).isEqualTo(rows);
    assertThat(customer(nodes.one, 1)).isEqualTo("all");
    assertThat(holds(nodes.one, Product.class, 1L)).isTrue();
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void ddlThatRewritesRows_clearsWhatItMayHaveChanged(String feed) {
    Nodes nodes = stage(feed);

    write(
        nodes.one,
        s ->
            s.createNativeMutationQuery(
                    "alter table customer alter full_name type varchar(255) using 'rewritten'")
                .executeUpdate());

    assertThat(customer(nodes.one, 1)).isEqualTo("rewritten");
  }

  private static String name(SessionFactoryImplementor node, long product) {
    return read(node, s -> s.find(Product.class, product).name);
  }

  private static String customer(SessionFactoryImplementor node, long id) {
    return read(node, s -> s.find(Customer.class, id).name);
  }
}
