package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.Freshet;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.Shop.Tag;
import io.freshet.testing.TestDatabase;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;
import org.hibernate.cache.jcache.ConfigSettings;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** A shop on a database of its own, with the seed that the behaviour tests start from. */
final class Stage implements AutoCloseable {

  static final String LABELS = Product.class.getName() + ".labels";
  static final String TAGS = Product.class.getName() + ".tags";
  static final String TAGGED = Tag.class.getName() + ".products";
  static final String PRODUCTS = Category.class.getName() + ".products";

  private static final String[] SEED = {
    "truncate category, product, tag, product_tag, product_labels, customer, note",
    "insert into category (id, name, version) values (1, 'one', 0), (2, 'two', 0)",
    "insert into product (id, sku, name, price, category_id) values (1, 'sku-1', 'p1', 10, 1),"
        + " (2, 'sku-2', 'p2', 20, 1), (3, 'sku-3', 'p3', 30, 2)",
    "insert into tag (id, name) values (1, 't1'), (2, 't2')",
    "insert into product_tag (products_id, tags_id) values (1, 1)",
    "insert into product_labels (product_id, labels) values (1, 'new'), (2, 'old')",
    "insert into customer (id, full_name) values (1, 'c1'), (2, 'c2')",
    "insert into note (id, text) values (1, 'n1'), (2, 'n2')",
  };

  final TestDatabase database;
  final SessionFactoryImplementor factory;
  private final ExecutorService others = Executors.newCachedThreadPool();

  private Stage(TestDatabase database, SessionFactoryImplementor factory) {
    this.database = database;
    this.factory = factory;
  }

  /** The shop, with the schema as Hibernate makes it, and then this. */
  static Stage shop(String... ddl) {
    return of(settings -> settings, Shop.ENTITIES, ddl);
  }

  /** The shop whose caches run hooks. */
  static Stage hookedShop(CacheHooks hooks, String... ddl) {
    return of(s -> s.with(ConfigSettings.CACHE_MANAGER, hooks.manager()), Shop.ENTITIES, ddl);
  }

  /** Any entities, with the tables that Hibernate makes, and then this. */
  static Stage of(UnaryOperator<SessionFactories> settings, Class<?>[] entities, String... ddl) {
    TestDatabase database = TestDatabase.create();
    SessionFactoryImplementor factory =
        settings.apply(SessionFactories.on(database)).build(entities);
    database.execute(ddl);
    return new Stage(database, factory);
  }

  /** Puts the shop's rows back as they were and empties the cache. */
  void seed() {
    database.execute(String.join(";", SEED));
    evictAll();
  }

  void evictAll() {
    Freshet.of(factory).evictAll();
  }

  /** Reads in a session and transaction of its own. */
  <T> T read(Function<Session, T> work) {
    return factory.fromTransaction(session -> work.apply(session));
  }

  /** Writes and commits. */
  void write(Consumer<Session> work) {
    factory.inTransaction(session -> work.accept(session));
  }

  /** Writes without a transaction of Hibernate's. */
  void stateless(Consumer<StatelessSession> work) {
    try (StatelessSession session = factory.openStatelessSession()) {
      work.accept(session);
    }
  }

  /** Writes, flushes and rolls back. */
  void writeAndRollBack(Consumer<Session> work) {
    try (Session session = factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      work.accept(session);
      session.flush();
      transaction.rollback();
    }
  }

  /** Runs on another thread, and waits for it. */
  <T> T elsewhere(Callable<T> work) {
    try {
      return others.submit(work).get(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean holds(Class<?> entity, Object id) {
    return factory.getCache().containsEntity(entity, id);
  }

  boolean holds(String role, Object id) {
    return factory.getCache().containsCollection(role, id);
  }

  RegionStatus region(String name) {
    return Freshet.of(factory).status().region(name);
  }

  RegionStatus region(Class<?> entity) {
    return region(entity.getName());
  }

  /** All evictions so far, of all regions. */
  long evictions() {
    return Freshet.of(factory).status().regions().stream()
        .flatMap(region -> region.evictions().entrySet().stream())
        .filter(count -> count.getKey() != EvictionCause.REQUEST)
        .mapToLong(java.util.Map.Entry::getValue)
        .sum();
  }

  String name(Class<?> entity, long id) {
    return read(session -> nameOf(session.find(entity, id)));
  }

  static String nameOf(Object entity) {
    if (entity instanceof Product product) {
      return product.name;
    } else if (entity instanceof Category category) {
      return category.name;
    } else if (entity instanceof Shop.Customer customer) {
      return customer.name;
    } else if (entity instanceof Shop.Note note) {
      return note.text;
    } else if (entity instanceof Tag tag) {
      return tag.name;
    }
    return null;
  }

  List<String> labels(long product) {
    return read(s -> List.copyOf(s.find(Product.class, product).labels));
  }

  List<Long> tags(long product) {
    return read(s -> s.find(Product.class, product).tags.stream().map(t -> t.id).sorted().toList());
  }

  List<Long> tagged(long tag) {
    return read(s -> s.find(Tag.class, tag).products.stream().map(p -> p.id).sorted().toList());
  }

  List<Long> productsOf(long category) {
    return read(
        s -> s.find(Category.class, category).products.stream().map(p -> p.id).sorted().toList());
  }

  /** The result of a cached query. */
  List<String> names(Session session, String entity) {
    return session
        .createSelectionQuery(
            "select e."
                + ("Note".equals(entity) ? "text" : "name")
                + " from "
                + entity
                + " e order by e.id",
            String.class)
        .setCacheable(true)
        .getResultList();
  }

  List<String> names(String entity) {
    return read(session -> names(session, entity));
  }

  /** Whether the cached query on this entity is answered from the cache. */
  boolean queryHits(String entity) {
    long before = factory.getStatistics().getQueryCacheHitCount();
    names(entity);
    return factory.getStatistics().getQueryCacheHitCount() > before;
  }

  @Override
  public void close() {
    others.shutdownNow();
    factory.close();
    database.close();
  }
}
