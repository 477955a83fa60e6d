package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.Freshet;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hibernate.StatelessSession;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.cfg.TransactionSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a StatelessSession writes, with a transaction and without. */
class StatelessPathsTest {

  /** One way of moving product 1 to category 2 under the name "changed". */
  record Path(String name, Consumer<StatelessSession> write) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stage stage;

  @BeforeAll
  static void build() {
    stage =
        Stage.of(
            s ->
                s.with(TransactionSettings.ALLOW_UPDATE_OUTSIDE_TRANSACTION, true)
                    .with(JdbcSettings.AUTOCOMMIT, true),
            Shop.ENTITIES);
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    stage.seed();
    stage.read(
        s -> {
          s.createSelectionQuery("from Product", Product.class).getResultList();
          s.find(Customer.class, 1L);
          return null;
        });
    stage.names("Product");
    stage.names("Customer");
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L);
    assertThat(stage.productsOf(2)).containsExactly(3L);
    assertThat(stage.labels(1)).containsExactly("new");
  }

  static Stream<Path> paths() {
    return Stream.of(
        new Path("update", s -> s.update(moved(s))),
        new Path("upsert", s -> s.upsert(moved(s))),
        new Path(
            "hql",
            s ->
                s.createMutationQuery(
                        "update Product set name = 'changed', category.id = 2 where id = 1")
                    .executeUpdate()),
        new Path(
            "native",
            s ->
                s.createNativeMutationQuery(
                        "update product set name = 'changed', category_id = 2 where id = 1")
                    .executeUpdate()),
        new Path(
            "native with query space",
            s ->
                s.createNativeQuery(
                        "update product set name = 'changed', category_id = 2 where id = 1",
                        Object.class)
                    .addSynchronizedQuerySpace("Product")
                    .executeUpdate()));
  }

  private static Product moved(StatelessSession session) {
    Product product = new Product(1, "changed", 10);
    product.category = session.get(Category.class, 2L);
    product.labels.add("new");
    return product;
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_inTransaction_isFreshAfterwards(Path path) {
    stage.factory.inStatelessTransaction(session -> path.write().accept(session));
    assertChanged();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_withoutTransaction_isFreshAtOnce(Path path) {
    stage.stateless(
        session -> {
          path.write().accept(session);
          assertChanged();
        });
    assertChanged();
    assertThat(stage.holds(Product.class, 1L)).as("no lock is left behind").isTrue();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_rolledBack_changesNothing(Path path) {
    long evictions = stage.evictions();
    stage.stateless(
        session -> {
          var transaction = session.beginTransaction();
          path.write().accept(session);
          assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
          assertThat(stage.queryHits("Product")).isTrue();
          transaction.rollback();
        });
    assertThat(stage.evictions()).as("%s", Freshet.of(stage.factory).status()).isEqualTo(evictions);
    assertThat(stage.holds(Product.class, 1L)).isTrue();
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L);
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3");
  }

  private static void assertChanged() {
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.productsOf(1)).containsExactly(2L);
    assertThat(stage.productsOf(2)).containsExactly(1L, 3L);
    assertThat(stage.names("Product")).containsExactly("changed", "p2", "p3");
    assertThat(stage.holds(Product.class, 2L)).isTrue();
    assertThat(stage.queryHits("Customer")).isTrue();
  }

  @Test
  void insert_withAndWithoutTransaction_reachesCollectionsAndQueries() {
    Product four = new Product(4, "p4", 40);
    stage.factory.inStatelessTransaction(
        s -> {
          four.category = s.get(Category.class, 2L);
          s.insert(four);
        });
    assertThat(stage.productsOf(2)).containsExactly(3L, 4L);
    stage.stateless(
        s -> {
          Product five = new Product(5, "p5", 50);
          five.category = four.category;
          s.insert(five);
        });
    assertThat(stage.productsOf(2)).containsExactly(3L, 4L, 5L);
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3", "p4", "p5");
  }

  @Test
  void insertMultiple_inOneBatch_reachesCollectionsAndQueries() {
    stage.factory.inStatelessTransaction(
        s -> {
          Product four = new Product(4, "p4", 40);
          four.category = s.get(Category.class, 2L);
          s.insertMultiple(List.of(four, new Product(5, "p5", 50)));
        });
    assertThat(stage.productsOf(2)).containsExactly(3L, 4L);
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3", "p4", "p5");
  }

  @Test
  void delete_withAndWithoutTransaction_leavesNothingCached() {
    assertThat(stage.tagged(1)).containsExactly(1L);
    stage.factory.inStatelessTransaction(s -> s.delete(loaded(s, 1)));
    assertThat(stage.name(Product.class, 1)).isNull();
    assertThat(stage.productsOf(1)).containsExactly(2L);
    assertThat(stage.tagged(1)).isEmpty();
    stage.stateless(s -> s.delete(loaded(s, 2)));
    assertThat(stage.name(Product.class, 2)).isNull();
    assertThat(stage.productsOf(1)).isEmpty();
    assertThat(stage.names("Product")).containsExactly("p3");
  }

  /** A StatelessSession deletes the rows of collections that were fetched. */
  private static Product loaded(StatelessSession session, long id) {
    Product product = session.get(Product.class, id);
    session.fetch(product.labels);
    session.fetch(product.tags);
    return product;
  }

  @Test
  void insert_rolledBack_leavesNothing() {
    stage.stateless(
        s -> {
          var transaction = s.beginTransaction();
          s.insert(new Product(4, "p4", 40));
          assertThat(s.get(Product.class, 4L).name).isEqualTo("p4");
          transaction.rollback();
        });
    assertThat(stage.name(Product.class, 4)).isNull();
    assertThat(stage.queryHits("Product")).isTrue();
  }
}
