package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import jakarta.persistence.ParameterMode;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.Transaction;
import org.hibernate.query.criteria.HibernateCriteriaBuilder;
import org.hibernate.query.criteria.JpaCriteriaUpdate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a session can change a cached row. */
class WritePathsTest {

  /**
   * One way of setting the name of product 1 to "changed".
   *
   * @param pinned whether the row can be told from the statement, so that other rows stay cached
   */
  record Path(String name, boolean pinned, Consumer<Session> write) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stage stage;

  @BeforeAll
  static void build() {
    stage =
        Stage.shop(
            "create function rename_product(p bigint, n text) returns int language sql as"
                + " $$ update product set name = n where id = p returning 1 $$",
            "create procedure rename_by_call(p bigint, n text) language plpgsql as"
                + " $$ begin update product set name = n where id = p; end $$");
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    stage.seed();
  }

  static Stream<Path> paths() {
    return Stream.concat(hibernates(), Stream.concat(natives(), jdbc()));
  }

  private static Stream<Path> hibernates() {
    return Stream.of(
        new Path("flush", true, s -> s.find(Product.class, 1L).name = "changed"),
        new Path(
            "merge",
            true,
            s -> {
              Product product = s.find(Product.class, 1L);
              s.detach(product);
              product.name = "changed";
              s.merge(product);
            }),
        new Path(
            "hql with parameter",
            true,
            s ->
                s.createMutationQuery("update Product set name = 'changed' where id = :id")
                    .setParameter("id", 1L)
                    .executeUpdate()),
        new Path(
            "hql with literal",
            true,
            s ->
                s.createMutationQuery("update Product set name = 'changed' where id = 1")
                    .executeUpdate()),
        new Path(
            "hql by another column",
            false,
            s ->
                s.createMutationQuery("update Product set name = 'changed' where price = 10")
                    .executeUpdate()),
        new Path("criteria", true, WritePathsTest::updateByCriteria));
  }

  private static void updateByCriteria(Session session) {
    HibernateCriteriaBuilder builder =
        session.getSessionFactory().unwrap(org.hibernate.SessionFactory.class).getCriteriaBuilder();
    JpaCriteriaUpdate<Product> update = builder.createCriteriaUpdate(Product.class);
    update.set("name", "changed").where(builder.equal(update.getTarget().get("id"), 1L));
    session.createMutationQuery(update).executeUpdate();
  }

  private static Stream<Path> natives() {
    return Stream.of(
        new Path(
            "native",
            true,
            s ->
                s.createNativeMutationQuery("update product set name = 'changed' where id = ?1")
                    .setParameter(1, 1L)
                    .executeUpdate()),
        new Path(
            "native with query space",
            true,
            s ->
                s.createNativeQuery(
                        "update product set name = 'changed' where id in (1)", Object.class)
                    .addSynchronizedQuerySpace("Product")
                    .executeUpdate()),
        new Path(
            "native with a wrong query space",
            true,
            s ->
                s.createNativeQuery(
                        "update product set name = 'changed' where id = 1", Object.class)
                    .addSynchronizedQuerySpace("Note")
                    .executeUpdate()),
        new Path(
            "native returning",
            true,
            s ->
                s.createNativeQuery(
                        "update product set name = 'changed' where id = 1 returning id", Long.class)
                    .getResultList()),
        new Path(
            "native returning entities",
            true,
            s ->
                s.createNativeQuery(
                        "update product set name = 'changed' where id = 1 returning *",
                        Product.class)
                    .getResultList()),
        new Path(
            "select of a writing function",
            false,
            s ->
                s.createNativeQuery("select rename_product(1, 'changed')", Integer.class)
                    .getResultList()),
        new Path(
            "two statements in one",
            true,
            s ->
                s.createNativeMutationQuery(
                        "update product set price = 11 where id = 1;"
                            + " update product set name = 'changed' where id = 1")
                    .executeUpdate()),
        new Path(
            "procedure call",
            false,
            s -> {
              var call = s.createStoredProcedureCall("rename_by_call");
              call.registerParameter(1, Long.class, ParameterMode.IN);
              call.registerParameter(2, String.class, ParameterMode.IN);
              call.setParameter(1, 1L).setParameter(2, "changed").execute();
            }));
  }

  private static Stream<Path> jdbc() {
    return Stream.of(
        new Path(
            "doWork with a prepared statement",
            true,
            s ->
                s.doWork(
                    c -> {
                      try (PreparedStatement p =
                          c.prepareStatement("update product set name = ? where id = ?")) {
                        p.setString(1, "changed");
                        p.setLong(2, 1);
                        p.executeUpdate();
                      }
                    })),
        new Path(
            "doWork with a statement",
            true,
            s ->
                s.doWork(
                    c -> {
                      try (Statement statement = c.createStatement()) {
                        statement.execute("update product set name = 'changed' where id = 1");
                      }
                    })),
        new Path(
            "doWork with a batch",
            true,
            s ->
                s.doWork(
                    c -> {
                      try (PreparedStatement p =
                          c.prepareStatement("update product set name = ? where id = ?")) {
                        for (String name : List.of("changing", "changed")) {
                          p.setString(1, name);
                          p.setLong(2, 1);
                          p.addBatch();
                        }
                        p.executeBatch();
                      }
                    })),
        new Path(
            "doWork with a call",
            false,
            s ->
                s.doWork(
                    c -> {
                      try (var call = c.prepareCall("call rename_by_call(?, ?)")) {
                        call.setLong(1, 1);
                        call.setString(2, "changed");
                        call.execute();
                      }
                    })),
        new Path(
            "doWork with an updatable result set",
            false,
            s ->
                s.doWork(
                    c -> {
                      try (Statement statement = c.createStatement(1004, 1008);
                          var rows =
                              statement.executeQuery("select id, name from product where id = 1")) {
                        rows.next();
                        rows.updateString(2, "changed");
                        rows.updateRow();
                      }
                    })));
  }

  private static void warm() {
    stage.read(
        s -> {
          s.createSelectionQuery("from Product", Product.class).getResultList();
          s.find(Customer.class, 1L);
          return null;
        });
    stage.names("Product");
    stage.names("Customer");
    assertThat(stage.holds(Product.class, 1L) && stage.holds(Product.class, 2L)).isTrue();
  }

  private static boolean isHit(Class<?> entity, long id) {
    long before = stage.region(entity).hits();
    stage.read(s -> s.find(entity, id));
    return stage.region(entity).hits() > before;
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_committed_nextReadIsFreshAndTheRestStaysCached(Path path) {
    warm();
    stage.write(path.write());
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.names("Product")).containsExactly("changed", "p2", "p3");
    if (path.pinned()) {
      assertThat(isHit(Product.class, 2)).as("another row is a hit").isTrue();
    }
    if (!path.name().contains("updatable") && !path.name().contains("call")) {
      assertThat(isHit(Customer.class, 1)).as("another table is a hit").isTrue();
      assertThat(stage.queryHits("Customer")).as("another table's query is a hit").isTrue();
    }
    assertThat(isHit(Product.class, 1)).as("the new value is cached").isTrue();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_open_isSeenByItsOwnSessionOnly(Path path) {
    warm();
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      path.write().accept(session);
      session.flush();
      session.clear();
      assertThat(session.find(Product.class, 1L).name).isEqualTo("changed");
      assertThat(stage.names(session, "Product")).containsExactly("changed", "p2", "p3");
      session.clear();
      assertThat(session.find(Product.class, 1L).name).isEqualTo("changed");
      assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
      assertThat(stage.queryHits("Product")).as("others still hit the query").isTrue();
      assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3");
      transaction.commit();
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
    assertThat(stage.names("Product")).containsExactly("changed", "p2", "p3");
  }

  @ParameterizedTest
  @MethodSource("paths")
  void write_rolledBack_evictsNothingAndLeavesNothing(Path path) {
    warm();
    long evictions = stage.evictions();
    stage.writeAndRollBack(
        session -> {
          path.write().accept(session);
          session.flush();
          session.clear();
          session.find(Product.class, 1L);
          stage.names(session, "Product");
        });
    assertThat(stage.evictions()).isEqualTo(evictions);
    assertThat(isHit(Product.class, 1)).isTrue();
    assertThat(isHit(Product.class, 2)).isTrue();
    assertThat(stage.queryHits("Product")).isTrue();
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertThat(stage.names("Product")).containsExactly("p1", "p2", "p3");
  }
}
