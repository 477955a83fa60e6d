package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.testing.Shop.Customer;
import io.freshet.testing.Shop.Product;
import jakarta.transaction.Synchronization;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hibernate.Interceptor;
import org.hibernate.Session;
import org.hibernate.Transaction;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PostCommitUpdateEventListener;
import org.hibernate.event.spi.PostUpdateEvent;
import org.hibernate.persister.entity.EntityPersister;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Applications that fail at the worst moment: nothing stale is left, and no lock. */
class SurvivalTest {

  private static Stage stage;
  private static volatile boolean listenerThrows;

  /** Something of the application's that throws when the transaction ends. */
  record Saboteur(String name, Consumer<Session> work) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void build() {
    stage =
        Stage.shop(
            "create table parent (id int primary key)",
            "create table child (id int references parent deferrable initially deferred)");
    stage
        .factory
        .getEventEngine()
        .getListenerRegistry()
        .prependListeners(EventType.POST_COMMIT_UPDATE, new Thrower());
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @BeforeEach
  void seed() {
    listenerThrows = false;
    stage.seed();
    stage.read(s -> s.createSelectionQuery("from Product", Product.class).getResultList());
    stage.name(Customer.class, 1);
    stage.names("Product");
    stage.productsOf(1);
  }

  private static final class Thrower implements PostCommitUpdateEventListener {
    private static final long serialVersionUID = 1L;

    @Override
    public void onPostUpdate(PostUpdateEvent event) {
      if (listenerThrows) {
        throw new IllegalStateException("the application's listener");
      }
    }

    @Override
    public void onPostUpdateCommitFailed(PostUpdateEvent event) {
      onPostUpdate(event);
    }

    @Override
    public boolean requiresPostCommitHandling(EntityPersister persister) {
      return true;
    }
  }

  static Stream<Saboteur> saboteurs() {
    return Stream.of(
        new Saboteur("post-commit listener", s -> listenerThrows = true),
        new Saboteur("completion callback", SurvivalTest::registerCallback),
        new Saboteur("synchronization after", s -> synchronize(s, false)),
        new Saboteur("synchronization before", s -> synchronize(s, true)));
  }

  private static void registerCallback(Session session) {
    session
        .unwrap(SharedSessionContractImplementor.class)
        .getTransactionCompletionCallbacks()
        .registerCallback(
            (success, s) -> {
              throw new IllegalStateException("the application's callback");
            });
  }

  private static void synchronize(Session session, boolean before) {
    session
        .getTransaction()
        .registerSynchronization(
            new Synchronization() {
              @Override
              public void beforeCompletion() {
                if (before) {
                  throw new IllegalStateException("the application's beforeCompletion");
                }
              }

              @Override
              public void afterCompletion(int status) {
                throw new IllegalStateException("the application's afterCompletion");
              }
            });
  }

  private static void writeAll(Session session) {
    session.find(Product.class, 1L).name = "changed";
    session.find(Product.class, 2L).name = "changed too";
    session.find(Customer.class, 1L).name = "changed three";
    session.flush();
    session
        .createNativeMutationQuery("update product set name = 'native' where id = 3")
        .executeUpdate();
  }

  private static void assertTruth() {
    for (int round = 0; round < 2; round++) {
      for (long id = 1; id <= 3; id++) {
        assertThat(stage.name(Product.class, id))
            .isEqualTo(stage.database.queryText("select name from product where id = " + id));
      }
      assertThat(stage.name(Customer.class, 1))
          .isEqualTo(stage.database.queryText("select full_name from customer where id = 1"));
      assertThat(String.join(",", stage.names("Product")))
          .isEqualTo(
              stage.database.queryText("select string_agg(name, ',' order by id) from product"));
    }
    assertThat(stage.holds(Product.class, 1L)).as("no lock is left").isTrue();
    assertThat(stage.holds(Product.class, 2L)).as("no lock is left").isTrue();
    assertThat(stage.holds(Customer.class, 1L)).as("no lock is left").isTrue();
    assertThat(stage.queryHits("Product")).as("no fence is left").isTrue();
  }

  @ParameterizedTest
  @MethodSource("saboteurs")
  void saboteur_atCommit_leavesNeitherStaleEntriesNorLocks(Saboteur saboteur) {
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      saboteur.work().accept(session);
      writeAll(session);
      assertThatThrownBy(transaction::commit).isInstanceOf(RuntimeException.class);
    }
    listenerThrows = false;
    assertTruth();
  }

  @ParameterizedTest
  @MethodSource("saboteurs")
  void saboteur_atRollback_leavesNeitherStaleEntriesNorLocks(Saboteur saboteur) {
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      saboteur.work().accept(session);
      writeAll(session);
      try {
        transaction.rollback();
      } catch (RuntimeException e) {
        assertThat(e).hasStackTraceContaining("the application's");
      }
    }
    listenerThrows = false;
    assertTruth();
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
  }

  @Test
  void sessionAfterASabotagedCommit_nextTransaction_givesTheLocksBack() {
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      listenerThrows = true;
      writeAll(session);
      assertThatThrownBy(transaction::commit).isInstanceOf(RuntimeException.class);
      listenerThrows = false;
      session.beginTransaction();
      assertTruth();
      session.getTransaction().commit();
    }
    assertTruth();
  }

  @Test
  void interceptor_thatThrowsAroundCompletion_leavesNeitherStaleEntriesNorLocks() {
    for (boolean before : new boolean[] {true, false}) {
      seed();
      Interceptor interceptor =
          new Interceptor() {
            @Override
            public void beforeTransactionCompletion(Transaction transaction) {
              if (before) {
                throw new IllegalStateException("the application's interceptor");
              }
            }

            @Override
            public void afterTransactionCompletion(Transaction transaction) {
              throw new IllegalStateException("the application's interceptor");
            }
          };
      try (Session session = stage.factory.withOptions().interceptor(interceptor).openSession()) {
        Transaction transaction = session.beginTransaction();
        writeAll(session);
        try {
          transaction.commit();
        } catch (RuntimeException e) {
          assertThat(e).hasStackTraceContaining("the application's");
        }
      }
      assertTruth();
    }
  }

  @Test
  void commit_refusedByADeferredConstraint_leavesTheOldState() {
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      writeAll(session);
      session.createNativeMutationQuery("insert into child values (77)").executeUpdate();
      assertThatThrownBy(transaction::commit).isInstanceOf(RuntimeException.class);
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertTruth();
  }

  @Test
  void commit_onALostConnection_leavesTheTruth() {
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      writeAll(session);
      Integer backend =
          session.createNativeQuery("select pg_backend_pid()", Integer.class).getSingleResult();
      stage.database.queryText("select pg_terminate_backend(" + backend + ", 10000)");
      assertThatThrownBy(transaction::commit).isInstanceOf(RuntimeException.class);
    } catch (RuntimeException e) {
      assertThat(e).hasStackTraceContaining("connection");
    }
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertTruth();
  }

  @Test
  void session_closedWithoutCompleting_leavesTheTruth() {
    try (Session session = stage.factory.openSession()) {
      session.beginTransaction();
      writeAll(session);
    }
    assertTruth();
  }

  @Test
  void flush_thatFailsAndIsRolledBack_leavesTheOldState() {
    long evictions = stage.evictions();
    try (Session session = stage.factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      session.find(Product.class, 1L).name = "changed";
      session.find(Product.class, 2L).name = "changed too";
      Product twin = new Product(9, "twin", 1);
      twin.sku = "sku-3";
      session.persist(twin);
      assertThatThrownBy(session::flush).isInstanceOf(RuntimeException.class);
      transaction.rollback();
    }
    assertThat(stage.evictions()).isEqualTo(evictions);
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertTruth();
  }

  @Test
  void savepoint_rolledBackPastAFlush_cachesWhatTheDatabaseHas() {
    stage.write(
        s -> {
          s.doWork(c -> c.setSavepoint("here"));
          s.find(Product.class, 1L).name = "undone";
          s.flush();
          s.doWork(
              c -> {
                try (var statement = c.createStatement()) {
                  statement.execute("rollback to savepoint here");
                }
              });
        });
    assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
    assertTruth();
  }

  @Test
  void transaction_endedByHandAndThenRolledBack_cachesWhatTheDatabaseHas() {
    for (boolean text : new boolean[] {true, false}) {
      seed();
      try (Session session = stage.factory.openSession()) {
        Transaction transaction = session.beginTransaction();
        writeAll(session);
        session.doWork(
            c -> {
              if (text) {
                try (var statement = c.createStatement()) {
                  statement.execute("commit");
                }
              } else {
                c.commit();
              }
            });
        transaction.rollback();
      }
      assertThat(stage.name(Product.class, 1)).isEqualTo("changed");
      assertTruth();
    }
  }

  @Test
  void transaction_begunByText_isFreshAfterItsCommit() {
    try (Session session = stage.factory.openSession()) {
      session.doWork(
          c -> {
            boolean before = c.getAutoCommit();
            c.setAutoCommit(true);
            try (var statement = c.createStatement()) {
              statement.execute("begin");
              statement.execute("update product set name = 'by text' where id = 1");
              assertThat(stage.name(Product.class, 1)).isEqualTo("p1");
              statement.execute("commit");
              assertThat(stage.name(Product.class, 1)).isEqualTo("by text");
            }
            c.setAutoCommit(before);
          });
    }
    assertTruth();
  }
}
