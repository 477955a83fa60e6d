package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import java.util.List;
import org.hibernate.LockMode;
import org.hibernate.Session;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which cached queries a write reaches, and which it leaves alone. */
class QueryCacheTest {

  private static final List<String> ALL = List.of("Product", "Category", "Customer", "Note", "Tag");
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
    ALL.forEach(stage::names);
  }

  private static void assertOnlyMisses(String... entities) {
    for (String entity : ALL) {
      assertThat(stage.queryHits(entity)).as(entity).isEqualTo(!List.of(entities).contains(entity));
    }
  }

  @Test
  void nativeStatement_withoutSpaces_reachesTheWrittenTableOnly() {
    stage.write(
        s -> s.createNativeMutationQuery("update tag set name = 'x' where id = 1").executeUpdate());
    assertOnlyMisses("Tag");
  }

  @Test
  void hqlStatement_reachesTheWrittenTableOnly() {
    stage.write(
        s -> s.createMutationQuery("update Customer set name = 'x' where id = 1").executeUpdate());
    assertOnlyMisses("Customer");
  }

  @Test
  void flush_ofTwoEntities_reachesTheirTablesOnly() {
    stage.write(
        s -> {
          s.find(Product.class, 1L).name = "x";
          s.find(Category.class, 2L).name = "y";
        });
    assertOnlyMisses("Product", "Category");
  }

  @Test
  void statements_rolledBack_reachNone() {
    stage.writeAndRollBack(
        s -> {
          s.find(Product.class, 1L).name = "x";
          s.createMutationQuery("update Customer set name = 'x'").executeUpdate();
          s.createNativeMutationQuery("update tag set name = 'x'").executeUpdate();
          s.createNativeMutationQuery("do $$ begin end $$").executeUpdate();
        });
    assertOnlyMisses();
  }

  @Test
  void writer_open_leavesOthersTheirResultsAndItselfNone() {
    try (Session writer = stage.factory.openSession()) {
      writer.beginTransaction();
      writer.createNativeMutationQuery("update tag set name = 'x' where id = 1").executeUpdate();
      assertThat(stage.names(writer, "Tag")).containsExactly("x", "t2");
      assertOnlyMisses();
      writer.getTransaction().commit();
    }
    assertThat(stage.names("Tag")).containsExactly("x", "t2");
    assertThat(stage.queryHits("Tag")).isTrue();
  }

  @Test
  void nativeQuery_cacheableWithoutSpaces_isNeverStale() {
    for (String name : List.of("t1", "again")) {
      stage.database.execute("update tag set name = '" + name + "' where id = 1");
      assertThat(nativeNames()).startsWith(name);
    }
  }

  private static List<String> nativeNames() {
    return stage.read(
        s ->
            s.createNativeQuery("select name from tag order by id", String.class)
                .setCacheable(true)
                .getResultList());
  }

  @Test
  void nativeQuery_cacheableWithASpace_isCachedAndInvalidated() {
    assertThat(spacedNames()).containsExactly("t1", "t2");
    long hits = stage.factory.getStatistics().getQueryCacheHitCount();
    assertThat(spacedNames()).containsExactly("t1", "t2");
    assertThat(stage.factory.getStatistics().getQueryCacheHitCount()).isEqualTo(hits + 1);
    stage.write(
        s -> s.createNativeMutationQuery("update tag set name = 'x' where id = 1").executeUpdate());
    assertThat(spacedNames()).containsExactly("x", "t2");
  }

  private static List<String> spacedNames() {
    return stage.read(
        s ->
            s.createNativeQuery("select name from tag order by id", String.class)
                .addSynchronizedQuerySpace("tag")
                .setCacheable(true)
                .getResultList());
  }

  @Test
  void version_incrementedByForce_isFreshInEntitiesAndQueries() {
    for (LockMode mode :
        List.of(LockMode.PESSIMISTIC_FORCE_INCREMENT, LockMode.OPTIMISTIC_FORCE_INCREMENT)) {
      List<Integer> before = versions();
      assertThat(versions()).isEqualTo(before);
      stage.read(s -> s.find(Category.class, 1L));
      stage.write(s -> s.find(Category.class, 1L, mode));
      String row = stage.database.queryText("select version from category where id = 1");
      assertThat(Integer.toString(stage.<Integer>read(s -> s.find(Category.class, 1L).version)))
          .isEqualTo(row);
      assertThat(Integer.toString(versions().get(0))).as("%s", mode).isEqualTo(row);
    }
  }

  private static List<Integer> versions() {
    return stage.read(
        s ->
            s
                .createSelectionQuery("from Category order by id", Category.class)
                .setCacheable(true)
                .getResultList()
                .stream()
                .map(category -> category.version)
                .toList());
  }

  /** When reading fails half-way Hibernate stores what it has read by then. */
  @Test
  void queryThatFailsHalfWay_leavesNoResultBehind() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> stage.read(QueryCacheTest::divided))
          .as("the next one does not find the half of it")
          .hasMessageContaining("division by zero");
    }
  }

  /** Row by row, so that the first one has been read when the second fails. */
  private static List<Long> divided(Session session) {
    return session
        .createSelectionQuery("select 10 / (p.id - 2) from Product p", Long.class)
        .setFetchSize(1)
        .setCacheable(true)
        .getResultList();
  }

  @Test
  void pessimisticRead_costsNobodyTheEntry() {
    stage.name(Category.class, 1);
    stage.read(s -> s.find(Category.class, 1L, LockMode.PESSIMISTIC_WRITE));
    assertThat(stage.name(Category.class, 1)).isEqualTo("one");
    assertThat(stage.holds(Category.class, 1L)).isTrue();
  }
}
