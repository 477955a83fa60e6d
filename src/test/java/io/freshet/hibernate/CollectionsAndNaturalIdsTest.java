package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.Shop.Tag;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Collections of each kind, from both sides, and natural ids. */
class CollectionsAndNaturalIdsTest {

  /** A write, under the name of what it does. */
  record Path(String name, Consumer<Session> write) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stage stage;

  @BeforeAll
  static void build() {
    stage = Stage.shop();
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    stage.seed();
    stage.labels(1);
    stage.labels(2);
    stage.tags(1);
    stage.tags(2);
    stage.tagged(1);
    stage.tagged(2);
    stage.productsOf(1);
    stage.productsOf(2);
    assertThat(stage.holds(Stage.LABELS, 1L) && stage.holds(Stage.TAGS, 2L)).isTrue();
    assertThat(stage.holds(Stage.TAGGED, 1L) && stage.holds(Stage.PRODUCTS, 1L)).isTrue();
  }

  static Stream<Path> labelling() {
    return Stream.of(
        new Path("flush", s -> s.find(Product.class, 1L).labels.add("x")),
        nativeSql("insert into product_labels (product_id, labels) values (1, 'x')", null),
        nativeSql(
            "insert into product_labels (product_id, labels) values (1, 'x')", "Product_labels"),
        nativeSql("insert into product_labels (product_id, labels) values (1, 'x')", "Product"),
        jdbc("insert into product_labels (product_id, labels) values (1, 'x')"));
  }

  private static Path nativeSql(String sql, String space) {
    return new Path(
        "native, query space " + space,
        s -> {
          var query = s.createNativeQuery(sql, Object.class);
          if (space != null) {
            query.addSynchronizedQuerySpace(space);
          }
          query.executeUpdate();
        });
  }

  private static Path jdbc(String sql) {
    return new Path(
        "jdbc",
        s ->
            s.doWork(
                c -> {
                  try (var statement = c.createStatement()) {
                    statement.executeUpdate(sql);
                  }
                }));
  }

  @ParameterizedTest
  @MethodSource("labelling")
  void elementCollection_written_isFreshAndOthersStay(Path path) {
    stage.writeAndRollBack(path.write());
    assertThat(stage.holds(Stage.LABELS, 1L)).as("rolled back: still there").isTrue();
    assertThat(stage.labels(1)).containsExactly("new");
    stage.write(path.write());
    assertThat(stage.labels(1)).containsExactly("new", "x");
    assertThat(stage.holds(Stage.LABELS, 2L)).isTrue();
    assertThat(stage.holds(Product.class, 2L)).isTrue();
  }

  static Stream<Path> tagging() {
    String insert = "insert into product_tag (products_id, tags_id) values (2, 1)";
    return Stream.of(
        new Path("flush", s -> s.find(Product.class, 2L).tags.add(s.find(Tag.class, 1L))),
        nativeSql(insert, null),
        nativeSql(insert, "Tag"),
        jdbc(insert));
  }

  @ParameterizedTest
  @MethodSource("tagging")
  void manyToMany_written_isFreshFromBothSidesAndOthersStay(Path path) {
    stage.writeAndRollBack(path.write());
    assertThat(stage.tags(2)).isEmpty();
    assertThat(stage.tagged(1)).containsExactly(1L);
    stage.write(path.write());
    assertThat(stage.tags(2)).containsExactly(1L);
    assertThat(stage.tagged(1)).containsExactly(1L, 2L);
    assertThat(stage.holds(Stage.TAGS, 1L)).isTrue();
    if (!path.name().equals("flush")) { // which elements came and went, no event tells
      assertThat(stage.holds(Stage.TAGGED, 2L)).isTrue();
    }
  }

  static Stream<Path> moving() {
    String update = "update product set category_id = 2 where id = 1";
    return Stream.of(
        new Path(
            "flush", s -> s.find(Product.class, 1L).category = s.getReference(Category.class, 2L)),
        new Path(
            "hql",
            s ->
                s.createMutationQuery("update Product set category.id = 2 where id = 1")
                    .executeUpdate()),
        nativeSql(update, null),
        nativeSql(update, "Product"),
        jdbc(update));
  }

  @ParameterizedTest
  @MethodSource("moving")
  void inverseCollection_elementMoved_isFreshOnBothEnds(Path path) {
    stage.writeAndRollBack(path.write());
    assertThat(stage.holds(Stage.PRODUCTS, 1L) && stage.holds(Stage.PRODUCTS, 2L)).isTrue();
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L);
    stage.write(path.write());
    assertThat(stage.productsOf(1)).containsExactly(2L);
    assertThat(stage.productsOf(2)).containsExactly(1L, 3L);
    assertThat(stage.holds(Category.class, 1L)).as("the owner itself stays").isTrue();
  }

  @Test
  void inverseCollection_elementsAddedAndRemovedByFlush_isFresh() {
    stage.write(
        s -> {
          Product four = new Product(4, "p4", 40);
          four.category = s.find(Category.class, 2L);
          s.persist(four);
        });
    assertThat(stage.productsOf(2)).containsExactly(3L, 4L);
    stage.write(s -> s.remove(s.find(Product.class, 3L)));
    assertThat(stage.productsOf(2)).containsExactly(4L);
    assertThat(stage.holds(Stage.PRODUCTS, 1L)).isTrue();
  }

  @Test
  void collections_ownerDeletedByFlush_leaveNothing() {
    stage.write(s -> s.remove(s.find(Product.class, 1L)));
    assertThat(stage.tagged(1)).isEmpty();
    assertThat(stage.productsOf(1)).containsExactly(2L);
    assertThat(stage.holds(Stage.LABELS, 1L)).isFalse();
    stage.database.execute(
        "insert into product (id, sku, name, price) values (1, 'again', 'again', 1)");
    assertThat(stage.labels(1)).isEmpty();
    assertThat(stage.tags(1)).isEmpty();
  }

  @Test
  void collection_clearedAndReplaced_isFresh() {
    stage.write(
        s -> {
          Product one = s.find(Product.class, 1L);
          one.labels.clear();
          one.tags.clear();
          s.flush();
          one.labels.add("second");
          one.tags.add(s.find(Tag.class, 2L));
        });
    assertThat(stage.labels(1)).containsExactly("second");
    assertThat(stage.tags(1)).containsExactly(2L);
    assertThat(stage.tagged(1)).isEmpty();
    assertThat(stage.tagged(2)).containsExactly(1L);
  }

  @Test
  void collections_ofAReferencedOwnerDeletedInHql_areFresh() {
    stage.write(
        s -> {
          s.createNativeMutationQuery("delete from product_tag where products_id = 1")
              .executeUpdate();
          s.createNativeMutationQuery("delete from product_labels where product_id = 1")
              .executeUpdate();
          s.createMutationQuery("delete from Product where id = 1").executeUpdate();
        });
    assertThat(stage.tagged(1)).isEmpty();
    assertThat(stage.productsOf(1)).containsExactly(2L);
    assertThat(stage.name(Product.class, 1)).isNull();
  }

  static Stream<Path> swaps() {
    String swap =
        "update product set sku = case id when 1 then 'sku-2' else 'sku-1' end where id in (1, 2)";
    return Stream.of(
        new Path(
            "flush",
            s -> {
              Product one = s.find(Product.class, 1L);
              Product two = s.find(Product.class, 2L);
              one.sku = "between";
              s.flush();
              two.sku = "sku-1";
              s.flush();
              one.sku = "sku-2";
            }),
        nativeSql(swap, null),
        nativeSql(swap, "Product"),
        jdbc(swap),
        new Path(
            "hql",
            s ->
                s.createMutationQuery(
                        "update Product set sku = case id when 1 then 'sku-2' else 'sku-1' end"
                            + " where id in (1, 2)")
                    .executeUpdate()));
  }

  private static Long bySku(String sku) {
    return stage.read(
        s -> {
          Product found = s.find(Product.class, sku, KeyType.NATURAL);
          return found == null ? null : found.id;
        });
  }

  @ParameterizedTest
  @MethodSource("swaps")
  void naturalId_swapped_resolvesToTheRightEntity(Path path) {
    deferUnique();
    for (String sku : List.of("sku-1", "sku-2", "sku-3")) {
      assertThat(bySku(sku)).isEqualTo(Long.parseLong(sku.substring(4)));
    }
    stage.writeAndRollBack(
        s -> {
          path.write().accept(s);
          s.flush();
          s.clear();
          assertThat(s.find(Product.class, "sku-1", KeyType.NATURAL).id).isEqualTo(2);
        });
    assertThat(bySku("sku-1")).isEqualTo(1);
    assertThat(bySku("sku-2")).isEqualTo(2);
    stage.write(path.write());
    assertThat(bySku("sku-1")).isEqualTo(2);
    assertThat(bySku("sku-2")).isEqualTo(1);
    assertThat(bySku("sku-3")).isEqualTo(3);
    assertThat(bySku("between")).isNull();
  }

  /** A swap in one statement must not trip over the order of the rows. */
  private static void deferUnique() {
    stage.database.execute(
        "do $$ declare c text; begin for c in select conname from pg_constraint where conrelid ="
            + " 'product'::regclass and contype = 'u' and not condeferrable loop execute"
            + " 'alter table product drop constraint ' || quote_ident(c) ||"
            + " ', add constraint sku_unique unique (sku) deferrable initially immediate';"
            + " end loop; end $$");
  }

  @Test
  void naturalId_deletedAndGivenToAnother_resolvesToTheOther() {
    assertThat(bySku("sku-2")).isEqualTo(2);
    stage.write(
        s -> {
          s.remove(s.find(Product.class, 2L));
          s.flush();
          Product four = new Product(4, "p4", 40);
          four.sku = "sku-2";
          s.persist(four);
        });
    assertThat(bySku("sku-2")).isEqualTo(4);
    assertThat(bySku("sku-4")).isNull();
  }

  @Test
  void naturalId_insertRolledBack_resolvesToNothing() {
    assertThat(bySku("sku-9")).isNull();
    stage.writeAndRollBack(
        s -> {
          s.persist(new Product(9, "p9", 9));
          s.flush();
          s.clear();
          assertThat(s.find(Product.class, "sku-9", KeyType.NATURAL).id).isEqualTo(9);
        });
    assertThat(bySku("sku-9")).isNull();
  }
}
