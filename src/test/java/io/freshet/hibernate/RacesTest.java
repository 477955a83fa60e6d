package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.EvictionCause;
import io.freshet.Freshet;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.Transaction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The coincidences that leave stale entries behind, brought about on purpose. */
class RacesTest {

  private static final String PRODUCT = Product.class.getName();
  private static CacheHooks hooks;
  private static Stage stage;

  @BeforeAll
  static void build() {
    hooks = new CacheHooks();
    stage = Stage.hookedShop(hooks);
  }

  @AfterAll
  static void close() {
    stage.close();
    hooks.manager().close();
  }

  @BeforeEach
  void seed() {
    hooks.clear();
    stage.seed();
  }

  private static Void rename(String name) {
    stage.write(s -> s.find(Product.class, 1L).name = name);
    return null;
  }

  private static Void renameNatively(String name) {
    stage.write(
        s ->
            s.createNativeMutationQuery("update product set name = ?1 where id = 1")
                .setParameter(1, name)
                .executeUpdate());
    return null;
  }

  private static Session open() {
    Session session = stage.factory.openSession();
    session.beginTransaction();
    return session;
  }

  private static void end(Session session) {
    session.getTransaction().commit();
    session.close();
  }

  @Test
  void entity_loadedBeforeACommitAndStoredAfter_isNotServed() {
    hooks.before("put", PRODUCT, () -> stage.elsewhere(() -> rename("changed")));
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void entity_loadedBeforeANativeCommitAndStoredAfter_isNotServed() {
    hooks.before("put", PRODUCT, () -> stage.elsewhere(() -> renameNatively("changed")));
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void entity_storedBeforeTheRecheck_isNotServedToAThirdReader() {
    AtomicReference<String> third = new AtomicReference<>();
    hooks.after(
        "put",
        PRODUCT,
        () -> {
          stage.elsewhere(() -> renameNatively("changed"));
          third.set(stage.elsewhere(() -> stage.name(Product.class, 1)));
        });
    stage.name(Product.class, 1);
    assertThat(third.get()).isEqualTo("changed");
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void entity_putAfterAnInvalidation_isNotServedToAThirdReaderBeforeTheRecheck() {
    AtomicReference<String> third = new AtomicReference<>();
    hooks.before(
        "put",
        PRODUCT,
        () -> {
          stage.elsewhere(() -> renameNatively("changed"));
          hooks.after(
              "put", PRODUCT, () -> third.set(stage.elsewhere(() -> stage.name(Product.class, 1))));
        });
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(third.get()).isEqualTo("changed");
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void entity_lockedBetweenCheckAndStore_isNotStored() {
    AtomicReference<Session> writer = new AtomicReference<>();
    hooks.before(
        "put",
        PRODUCT,
        () ->
            stage.elsewhere(
                () -> {
                  Session session = open();
                  session.find(Product.class, 1L).name = "changed";
                  session.flush();
                  writer.set(session);
                  return null;
                }));
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.holds(Product.class, 1L)).isFalse();
    end(writer.get());
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void collection_loadedBeforeACommitAndStoredAfter_isNotServed() {
    hooks.before(
        "put",
        Stage.PRODUCTS,
        () ->
            stage.elsewhere(
                () -> {
                  stage.write(
                      s -> s.find(Product.class, 1L).category = s.getReference(Category.class, 2L));
                  return null;
                }));
    assertThat(stage.productsOf(1)).containsExactly(1L, 2L);
    assertThat(stage.productsOf(1)).containsExactly(2L);
  }

  @Test
  void naturalId_resolvedBeforeACommitAndStoredAfter_isNotServed() {
    String region = PRODUCT + "##NaturalId";
    hooks.before(
        "put",
        region,
        () ->
            stage.elsewhere(
                () -> {
                  stage.database.queryText("select 1");
                  stage.write(
                      s -> {
                        s.createNativeMutationQuery("update product set sku = 'x' where id = 1")
                            .executeUpdate();
                        s.createNativeMutationQuery("update product set sku = 'sku-1' where id = 2")
                            .executeUpdate();
                      });
                  return null;
                }));
    Long first = bySku();
    assertThat(first).isEqualTo(1);
    assertThat(bySku()).isEqualTo(2);
  }

  /**
   * Seen first as one wrong answer of a random test: the resolution was evicted before the entity,
   * and in between a session was served the old entity and stored its natural id again.
   */
  @Test
  void naturalId_ofAnEntityThatIsJustBeingEvicted_isNotStoredAgain() {
    assertThat(bySku()).isEqualTo(1);
    stage.database.execute("update product set sku = 'moved' where id = 1");
    Node node = (Node) Freshet.of(stage.factory);
    RowChange moved =
        new RowChange(
            TableName.of("product"),
            Operation.UPDATE,
            new RowValues(Map.of("id", 1L, "sku", "sku-1")),
            new RowValues(Map.of("id", 1L, "sku", "moved")),
            ColumnSet.of(List.of("sku")));
    hooks.before("remove", PRODUCT, () -> stage.elsewhere(() -> stage.name(Product.class, 1)));

    Invalidation.apply(node, node.tables().footprint(moved, null), EvictionCause.FEED);

    assertThat(stage.<Object>read(s -> s.find(Product.class, "sku-1", KeyType.NATURAL))).isNull();
  }

  private static Long bySku() {
    return stage.read(s -> s.find(Product.class, "sku-1", KeyType.NATURAL).id);
  }

  @Test
  void queryResult_readBeforeACommitAndStoredAfter_isNotServed() {
    hooks.before(
        "put", "default-query-results-region", () -> stage.elsewhere(() -> rename("changed")));
    assertThat(stage.names("Product")).contains("p1");
    assertThat(stage.names("Product")).contains("changed");
  }

  private static void takeSnapshot(Session session) {
    session.doWork(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("set transaction isolation level repeatable read");
            statement.execute("select 1");
          }
        });
  }

  @Test
  void reader_withAnOldSnapshot_storesNothing() {
    try (Session old = stage.factory.openSession()) {
      Transaction transaction = old.beginTransaction();
      takeSnapshot(old);
      rename("changed");
      assertThat(old.find(Product.class, 1L).name).isEqualTo("p1");
      stage.names(old, "Product");
      transaction.commit();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.names("Product")).contains("changed");
  }

  @Test
  void childSession_onAConnectionWithAnOldSnapshot_storesNothing() {
    try (Session old = stage.factory.openSession()) {
      Transaction transaction = old.beginTransaction();
      takeSnapshot(old);
      rename("changed");
      try (Session child = old.sessionWithOptions().connection().openSession()) {
        assertThat(child.find(Product.class, 1L).name).isEqualTo("p1");
        stage.names(child, "Product");
      }
      transaction.commit();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.names("Product")).contains("changed");
  }

  @Test
  void childSession_readsItsParentsWritesAndPublishesNone() {
    stage.name(Product.class, 1);
    try (Session parent = open()) {
      parent.find(Product.class, 1L).name = "changed";
      parent.createMutationQuery("update Product set price = 99 where id = 2").executeUpdate();
      parent.flush();
      try (Session child = parent.sessionWithOptions().connection().openSession()) {
        assertThat(child.find(Product.class, 1L).name).isEqualTo("changed");
        assertThat(child.find(Product.class, 2L).price).isEqualTo(99);
      }
      assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
      parent.getTransaction().rollback();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.<Integer>read(s -> s.find(Product.class, 2L).price)).isEqualTo(20);
  }

  @Test
  void commit_overtakenByItsReaders_asksTheDatabase() {
    for (String way : new String[] {"flush", "native", "unknown"}) {
      stage.seed();
      stage.name(Product.class, 1);
      stage.names("Product");
      AtomicReference<String> seen = new AtomicReference<>();
      AtomicReference<Object> seenByQuery = new AtomicReference<>();
      try (Session writer = open()) {
        write(writer, way);
        writer.flush();
        readOnceCommitted(seen, seenByQuery);
        writer.getTransaction().commit();
      }
      assertThat(seen.get()).as(way).isEqualTo("changed");
      assertThat(seenByQuery.get()).as(way).isEqualTo("changed");
      hooks.clear();
    }
  }

  /** Reads at the first call on the entity's cache at which the database has the new value. */
  private static void readOnceCommitted(
      AtomicReference<String> seen, AtomicReference<Object> seenByQuery) {
    Runnable reader =
        () -> {
          if ("changed".equals(stage.database.queryText("select name from product where id = 1"))) {
            seen.set(stage.elsewhere(() -> stage.name(Product.class, 1)));
            seenByQuery.set(stage.elsewhere(() -> stage.names("Product").get(0)));
          } else {
            readOnceCommitted(seen, seenByQuery);
          }
        };
    hooks.before("remove", PRODUCT, reader);
    hooks.before("clear", PRODUCT, reader);
  }

  private static void write(Session session, String way) {
    switch (way) {
      case "flush" -> {
        session.find(Product.class, 1L).name = "changed";
        session.flush();
        session.find(Product.class, 1L).price++; // two flushes: nothing is kept
        session.createMutationQuery("update Product set price = 1 where id = 1").executeUpdate();
      }
      case "native" ->
          session
              .createNativeMutationQuery("update product set name = 'changed' where id = 1")
              .executeUpdate();
      default ->
          session
              .createNativeMutationQuery(
                  "do $$ begin update product set name = 'changed' where id = 1; end $$")
              .executeUpdate();
    }
  }

  @Test
  void writers_oneRolledBackOneCommitted_leaveTheCommittedValue() {
    stage.name(Product.class, 1);
    try (Session first = open();
        Session second = open()) {
      first.find(Product.class, 1L).name = "first";
      first.flush();
      second.find(Product.class, 1L).name = "second";
      first.getTransaction().rollback();
      second.flush();
      assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
      second.getTransaction().commit();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("second");
    assertThat(stage.name(Product.class, 1)).isEqualTo("second");
  }

  @Test
  void writers_oneCommittedOneRolledBackLater_leaveTheCommittedValue() {
    stage.name(Product.class, 1);
    try (Session late = open()) {
      late.createMutationQuery("update Product set price = 5 where id = 2").executeUpdate();
      stage.elsewhere(() -> rename("changed"));
      late.createNativeMutationQuery("update product set name = 'late' where id = 1")
          .executeUpdate();
      late.getTransaction().rollback();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
  }

  @Test
  void writer_ofOneRowForLong_leavesOtherRowsHits() {
    stage.read(s -> s.createSelectionQuery("from Product", Product.class).getResultList());
    try (Session writer = open()) {
      writer.find(Product.class, 1L).name = "changed";
      writer.flush();
      long misses = stage.region(Product.class).misses();
      assertThat(stage.name(Product.class, 2)).isEqualTo("p2");
      assertThat(stage.name(Product.class, 3)).isEqualTo("p3");
      assertThat(stage.region(Product.class).misses()).isEqualTo(misses);
      writer.getTransaction().rollback();
    }
    assertThat(stage.holds(Product.class, 1L)).isTrue();
  }
}
