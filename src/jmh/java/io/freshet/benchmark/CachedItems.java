package io.freshet.benchmark;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Items in an embedded PostgreSQL, all of them cached. Thread-safe.
 *
 * <p>Without statistics: they would cost every variant the same, and hide part of the difference.
 */
@State(Scope.Benchmark)
public class CachedItems {

  /** Whose cache. */
  @Param({"jcacheDefault", "jcacheByReference", "freshet", "freshetFeed"})
  public Variant variant = Variant.freshet;

  /** How many items there are. */
  @Param("10000")
  public int entities = 10_000;

  private static final int WARM_UP_ROUNDS = 6;

  private Database database;
  private SessionFactory factory;

  /** For JMH. */
  public CachedItems() {}

  /** Starts everything, stores the items and reads each of them once. */
  @Setup(Level.Trial)
  public void start() throws IOException {
    database = Database.open();
    Configuration configuration = new Configuration();
    configuration.getProperties().putAll(variant.settings());
    configuration.getProperties().put("hibernate.connection.url", database.url());
    configuration.getProperties().put("hibernate.connection.pool_size", 8);
    configuration.getProperties().put("hibernate.hbm2ddl.auto", "create-drop");
    configuration.getProperties().put("hibernate.jdbc.batch_size", 100);
    configuration.addAnnotatedClass(Item.class);
    factory = configuration.buildSessionFactory();
    factory.inTransaction(
        session -> {
          for (long id = 1; id <= entities; id++) {
            session.persist(new Item(id));
          }
        });
    factory.inSession(session -> session.createSelectionQuery("from Item", Item.class).list());
    for (long id = 1; id <= entities; id++) {
      if (!factory.getCache().containsEntity(Item.class, id)) {
        throw new IllegalStateException("item " + id + " is not cached");
      }
    }
    // warmed up by a number of operations, whatever time the machine has for them
    for (int i = 0; i < WARM_UP_ROUNDS * entities; i++) {
      find(randomId());
    }
  }

  /** Stops everything. */
  @TearDown(Level.Trial)
  public void stop() throws IOException {
    factory.close();
    database.close();
  }

  long randomId() {
    return ThreadLocalRandom.current().nextLong(entities) + 1;
  }

  Item find(long id) {
    try (var session = factory.openSession()) {
      return session.find(Item.class, id);
    }
  }

  void update(long id) {
    factory.inTransaction(session -> session.find(Item.class, id).stock++);
  }
}
