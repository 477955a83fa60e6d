package io.freshet.feed;

import static io.freshet.feed.Nodes.evictions;
import static io.freshet.feed.Nodes.feed;
import static io.freshet.feed.Nodes.holds;
import static io.freshet.feed.Nodes.read;
import static io.freshet.feed.Nodes.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Somebody else writes: exactly what changed goes, on every node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutsideWritesTest {

  private static final String LABELS = Product.class.getName() + ".labels";
  private static final String PRODUCTS = Category.class.getName() + ".products";

  @SuppressWarnings("unused") // by name, from @FieldSource
  static final List<String> FEEDS = Nodes.FEEDS;

  private final Map<String, Nodes> stages = new HashMap<>();

  private Nodes stage(String feed) {
    Nodes nodes = stages.computeIfAbsent(feed, f -> Nodes.of(f, Shop.ENTITIES));
    nodes.outside(
        "truncate category, product, tag, product_tag, product_labels, customer, note",
        "insert into category (id, name, version) values (1, 'one', 0), (2, 'two', 0)",
        "insert into product (id, sku, name, price, category_id) values (1, 'sku-1', 'p1', 10, 1),"
            + " (2, 'sku-2', 'p2', 20, 1), (3, 'sku-3', 'p3', 30, 2)",
        "insert into product_labels (product_id, labels) values (1, 'new'), (2, 'old')",
        "insert into customer (id, full_name) values (1, 'c1'), (2, 'c2')");
    nodes.warm(OutsideWritesTest::readAll);
    return nodes;
  }

  private static void readAll(Session session) {
    // categories first: what a product refers to would be a proxy, whose fields are empty
    for (long id = 1; id <= 2; id++) {
      Hibernate.initialize(session.find(Category.class, id).products);
      session.find(Customer.class, id);
    }
    for (long id = 1; id <= 3; id++) {
      Hibernate.initialize(session.find(Product.class, id).labels);
      byNaturalId(session, "sku-" + id);
    }
  }

  @AfterAll
  void close() {
    stages.values().forEach(Nodes::close);
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void updateOfOneRow_takesItsEntry_andNothingElse(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside("update product set price = 11 where id = 1");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holds(node, Product.class, 1L)).isFalse();
      assertThat(holds(node, Product.class, 2L)).isTrue();
      assertThat(holds(node, Category.class, 1L)).isTrue();
      assertThat(holds(node, PRODUCTS, 1L)).isTrue();
      assertThat(holds(node, LABELS, 1L)).isTrue();
      assertThat(holds(node, Customer.class, 1L)).isTrue();
      assertThat(price(node, 1)).isEqualTo(11);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void foreignKeyMoved_takesBothOwnersCollections_andNoOther(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside("update product set category_id = 2 where id = 1");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holds(node, PRODUCTS, 1L)).isFalse();
      assertThat(holds(node, PRODUCTS, 2L)).isFalse();
      assertThat(holds(node, Category.class, 1L)).isTrue();
      assertThat(products(node, 2)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void elementAddedAndRemoved_takesItsOwnersCollection(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside("insert into product_labels values (1, 'hot')");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holds(node, LABELS, 1L)).isFalse();
      assertThat(holds(node, LABELS, 2L)).isTrue();
      assertThat(labels(node, 1)).containsExactlyInAnyOrder("hot", "new");
    }
    nodes.outside("delete from product_labels where product_id = 1");
    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(labels(node, 1)).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void naturalIdsSwapped_inOneStatement_bothAreResolvedAnew(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside(
        "alter table product drop constraint if exists " + unique(nodes),
        "update product set sku = case id when 1 then 'sku-2' else 'sku-1' end where id in (1, 2)");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(byNaturalId(node, "sku-1")).isEqualTo(2L);
      assertThat(byNaturalId(node, "sku-2")).isEqualTo(1L);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void rolledBack_evictsNothing(String kind) throws Exception {
    Nodes nodes = stage(kind);
    long before = evictions(nodes.one);

    try (var connection = nodes.database.connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("update product set price = 12");
      statement.execute("truncate customer");
      connection.rollback();
    }
    nodes.settle();

    assertThat(evictions(nodes.one)).isEqualTo(before);
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void truncateAndCopy_takeTheTable(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside("truncate customer");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(exists(node, Customer.class, 1L)).isFalse();
      assertThat(holds(node, Product.class, 1L)).isTrue();
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void cachedQueries_areAnsweredAnew_whereTheirTableChanged(String kind) {
    Nodes nodes = stage(kind);
    nodes.warm(s -> List.of(names(s, "Product"), names(s, "Customer")));

    nodes.outside("update product set name = 'renamed' where id = 3");

    for (SessionFactoryImplementor node : nodes.both()) {
      long hits = node.getStatistics().getQueryCacheHitCount();
      assertThat(names(node, "Customer")).containsExactly("c1", "c2");
      assertThat(node.getStatistics().getQueryCacheHitCount()).isEqualTo(hits + 1);
      assertThat(names(node, "Product")).containsExactly("p1", "p2", "renamed");
      assertThat(node.getStatistics().getQueryCacheHitCount()).isEqualTo(hits + 1);
    }
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void otherNodesFlush_isSeenHere(String kind) {
    Nodes nodes = stage(kind);

    write(nodes.one, s -> s.find(Product.class, 2L).name = "by one");
    nodes.settle();

    assertThat(name(nodes.other, 2)).isEqualTo("by one");
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void evictedBySql_goesEverywhere(String kind) {
    Nodes nodes = stage(kind);

    nodes.outside("select freshet.evict('product', '1')");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holds(node, Product.class, 1L)).isFalse();
      assertThat(holds(node, Product.class, 2L)).isTrue();
    }
    nodes.outside("select freshet.evict('customer')");
    assertThat(holds(nodes.other, Customer.class, 1L)).isFalse();
  }

  @ParameterizedTest
  @FieldSource("FEEDS")
  void status_tellsOfTheFeed(String kind) {
    Nodes nodes = stage(kind);
    long messages = feed(nodes.one).counts().messages();

    nodes.outside("update customer set full_name = 'x' where id = 1");

    assertThat(feed(nodes.one).kind()).isEqualTo(kind.replaceFirst("/.*", ""));
    assertThat(feed(nodes.one).open()).isTrue();
    assertThat(feed(nodes.one).reason()).isEmpty();
    assertThat(feed(nodes.one).counts().messages()).isEqualTo(messages + 1);
    assertThat(feed(nodes.one).counts().reconnects()).isZero();
    assertThat(feed(nodes.one).sinceBarrier()).isPresent();
  }

  private static Long byNaturalId(Session session, String sku) {
    Product found = session.find(Product.class, sku, KeyType.NATURAL);
    return found == null ? null : found.id;
  }

  /** A constraint that is not deferrable forbids the swap in one statement. */
  private static String unique(Nodes nodes) {
    String name =
        nodes.database.queryText(
            "select conname from pg_constraint where conrelid = 'product'::regclass and contype = 'u'");
    return name == null ? "none" : name;
  }

  private static Long byNaturalId(SessionFactoryImplementor node, String sku) {
    return read(node, s -> byNaturalId(s, sku));
  }

  private static int price(SessionFactoryImplementor node, long product) {
    return read(node, s -> s.find(Product.class, product).price);
  }

  private static String name(SessionFactoryImplementor node, long product) {
    return read(node, s -> s.find(Product.class, product).name);
  }

  private static int products(SessionFactoryImplementor node, long category) {
    return read(node, s -> s.find(Category.class, category).products.size());
  }

  private static boolean exists(SessionFactoryImplementor node, Class<?> entity, long id) {
    return read(node, s -> s.find(entity, id) != null);
  }

  private static List<String> labels(SessionFactoryImplementor node, long product) {
    return read(node, s -> List.copyOf(s.find(Product.class, product).labels));
  }

  private static List<String> names(SessionFactoryImplementor node, String entity) {
    return read(node, s -> names(s, entity));
  }

  private static List<String> names(Session session, String entity) {
    return session
        .createSelectionQuery("select e.name from " + entity + " e order by e.id", String.class)
        .setCacheable(true)
        .getResultList();
  }
}
