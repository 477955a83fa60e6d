package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.freshet.testing.EnlistedSource;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.transaction.TransactionManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Transactions of a JTA transaction manager. By default sessions give their connection back after
 * each statement there, and get another handle for the next.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JtaTest {

  private static final String UPDATE = "update Thing set price = 2";

  @Entity(name = "Thing")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Thing {
    @Id long id;
    int price;
  }

  /** Ways to write. */
  enum Way {
    HQL,
    SQL,
    JDBC,
    FLUSH;

    /** Both prices are two. */
    void write(Session session) {
      switch (this) {
        case HQL -> session.createMutationQuery("update Thing set price = 2").executeUpdate();
        case SQL -> session.createNativeMutationQuery(UPDATE).executeUpdate();
        case JDBC ->
            session.doWork(
                connection -> {
                  try (Statement statement = connection.createStatement()) {
                    statement.execute(UPDATE);
                  }
                });
        case FLUSH -> {
          session.find(Thing.class, 1L).price = 2;
          session.find(Thing.class, 2L).price = 2;
          session.flush();
          session.clear();
        }
      }
    }
  }

  private final TransactionManager manager = manager();
  private TestDatabase database;
  private SessionFactoryImplementor factory;

  private static TransactionManager manager() {
    // nothing is left to recover
    for (String store : new String[] {null, "communicationStore", "stateStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store)
          .setObjectStoreType(VolatileStore.class.getName());
    }
    return com.arjuna.ats.jta.TransactionManager.transactionManager();
  }

  @BeforeAll
  void start() {
    database = TestDatabase.create();
    factory =
        SessionFactories.on(database)
            .with("hibernate.transaction.coordinator_class", "jta")
            .with("hibernate.transaction.jta.platform", "JBossTS")
            .with("hibernate.connection.datasource", new EnlistedSource(database.url(), manager))
            .build(Thing.class);
    database.execute("insert into Thing (id, price) select i, 1 from generate_series(1, 2) i");
  }

  @AfterEach
  void restore() {
    database.execute("update Thing set price = 1");
    factory.getCache().evictAllRegions();
  }

  @AfterAll
  void close() {
    factory.close();
    database.close();
  }

  private void inJta(boolean commit, Consumer<Session> work) throws Exception {
    manager.begin();
    try (Session session = factory.openSession()) {
      work.accept(session);
    } catch (RuntimeException | Error e) {
      manager.rollback();
      throw e;
    }
    if (commit) {
      manager.commit();
    } else {
      manager.rollback();
    }
  }

  private int price(Session session, long id) {
    return session.find(Thing.class, id).price;
  }

  private boolean holds(long id) {
    return factory.getCache().containsEntity(Thing.class, id);
  }

  @Test
  void reading_caches() throws Exception {
    inJta(true, session -> assertThat(price(session, 1)).isEqualTo(1));

    assertThat(holds(1)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void writing_isSeenByItsOwnTransaction_andByNobodyElseBeforeItCommits(Way way) throws Exception {
    inJta(true, session -> assertThat(price(session, 1)).isEqualTo(1));

    inJta(
        true,
        session -> {
          way.write(session);
          assertThat(price(session, 1)).isEqualTo(2);
          assertThat(price(session, 2)).isEqualTo(2);
          assertThat(elsewhere()).containsExactly(1, 1);
        });

    assertThat(elsewhere()).containsExactly(2, 2);
    inJta(true, session -> assertThat(price(session, 1)).isEqualTo(2));
    assertThat(holds(1)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void writing_rolledBack_leavesNothingOfItInTheCache(Way way) throws Exception {
    inJta(
        false,
        session -> {
          way.write(session);
          assertThat(price(session, 1)).isEqualTo(2);
          assertThat(price(session, 2)).isEqualTo(2);
        });

    requireUnchanged();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void writing_isSeenByOtherSessionsOfItsTransaction_whichStoreNothingOfIt(Way way)
      throws Exception {
    inJta(true, session -> assertThat(price(session, 1)).isEqualTo(1));

    inJta(
        false,
        session -> {
          way.write(session);
          try (Session other = factory.openSession();
              StatelessSession stateless = factory.openStatelessSession()) {
            assertThat(price(other, 1)).isEqualTo(2);
            assertThat(price(other, 2)).isEqualTo(2);
            assertThat(stateless.get(Thing.class, 2L).price).isEqualTo(2);
          }
        });

    requireUnchanged();
  }

  private void requireUnchanged() throws Exception {
    inJta(
        true,
        session -> {
          assertThat(price(session, 1)).isEqualTo(1);
          assertThat(price(session, 2)).isEqualTo(1);
        });
  }

  /** What a thread that has no part in the transaction finds. */
  private List<Integer> elsewhere() {
    List<Integer> prices = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              try (Session session = factory.openSession()) {
                prices.add(price(session, 1));
                prices.add(price(session, 2));
              }
            });
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return prices;
  }
}
