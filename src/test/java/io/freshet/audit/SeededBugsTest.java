package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Finding;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.Freshet;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.UnaryOperator;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.cache.jcache.ConfigSettings;
import org.hibernate.cache.spi.support.TimestampsRegionTemplate;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What keeps the cache right is broken, one thing at a time, and the audit finds each. */
class SeededBugsTest {

  private static final String PRICES = "select p.price from Product p order by p.id";

  private final TestDatabase database = TestDatabase.create();
  private final TamperedCaches caches = new TamperedCaches();
  private final CapturedLog log = CapturedLog.of("io.freshet.audit");
  private SessionFactoryImplementor factory;

  @BeforeEach
  void install() {
    // what the node below finds is what this one leaves: it looks at nothing itself
    node(settings -> settings.with("freshet.tracking", "install")).close();
    database.execute(
        "insert into category (id, name, version) values (1, 'one', 0), (2, 'two', 0)",
        "insert into product (id, sku, name, price, category_id) values (1, 'a', 'p', 10, 1),"
            + " (2, 'b', 'q', 20, 1)");
    factory =
        node(
            settings ->
                settings
                    .with("freshet.tracking", "none")
                    .with(ConfigSettings.CACHE_MANAGER, caches.manager()));
    settle();
    read();
    assertThat(audit().stale()).isEmpty();
  }

  @AfterEach
  void close() {
    factory.close();
    log.close();
    database.close();
  }

  private SessionFactoryImplementor node(UnaryOperator<SessionFactories> more) {
    return more.apply(
            SessionFactories.on(database)
                .with("freshet.feed", "notify")
                .with("freshet.max_staleness", "10s"))
        .build(Shop.ENTITIES);
  }

  private void settle() {
    try {
      Freshet.of(factory).barrier(Duration.ofSeconds(20));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Everything is cached. */
  private void read() {
    factory.inTransaction(
        session -> {
          Hibernate.initialize(session.find(Category.class, 1L).products);
          Hibernate.initialize(session.find(Category.class, 2L).products);
          session.find(Product.class, 1L);
          session.find(Product.class, 2L);
        });
    prices();
  }

  private List<Integer> prices() {
    return factory.fromTransaction(
        session ->
            session.createSelectionQuery(PRICES, Integer.class).setCacheable(true).getResultList());
  }

  private int price() {
    return factory.fromTransaction(session -> session.find(Product.class, 1L).price);
  }

  private AuditReport audit() {
    return Freshet.of(factory).audit();
  }

  /** What tells of changes is broken; the node has noticed, and makes the best of it. */
  private void damaged(String... ddl) {
    database.execute(ddl);
    settle();
    read();
  }

  private void writtenOutside(String sql) {
    database.execute(sql);
    settle();
  }

  /** The product is stale, that is found, and nothing else; afterwards it is right. */
  private Finding requireProductIsFound(int truth) {
    assertThat(price()).as("the seed has taken").isEqualTo(10);

    AuditReport report = audit();

    Finding finding =
        report.stale().stream().filter(one -> one.kind() == Kind.ENTITY).findFirst().orElseThrow();
    assertThat(finding.differences())
        .containsExactly(new Difference("price", "price", "10", String.valueOf(truth)));
    assertThat(finding.row()).contains(new AuditReport.Row("Product", Map.of("id", "1")));
    assertThat(finding.key()).isEqualTo("1");
    assertThat(finding.atMost()).isGreaterThanOrEqualTo(finding.atLeast());
    assertThat(report.oldest()).isPositive();
    assertThat(log.ids()).contains("FRESHET-070");
    assertThat(price()).isEqualTo(truth);
    assertThat(audit().stale()).isEmpty();
    return finding;
  }

  private static Object field(Object owner, String name) {
    try {
      Field field = owner.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field.get(owner);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** From the next connection on, change sets are lost while that is wanted; barriers are not. */
  private void wrapFeed(AtomicBoolean dropping) throws Exception {
    Object contexts =
        ((FreshetRegionFactory) factory.getCache().getRegionFactory()).sessionContexts();
    Object feed = field(field(field(contexts, "node"), "feed"), "feed");
    Field listener = feed.getClass().getDeclaredField("listener");
    listener.setAccessible(true);
    Object real = listener.get(feed);
    listener.set(
        feed,
        Proxy.newProxyInstance(
            listener.getType().getClassLoader(),
            new Class<?>[] {listener.getType()},
            (proxy, method, arguments) ->
                dropping.get() && method.getName().equals("changes")
                    ? null
                    : method.invoke(real, arguments)));
    damaged(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'freshet'"
            + " and datname = current_database()");
  }

  private FreshetRegion region(Class<?> entity) {
    FreshetRegionFactory regions = (FreshetRegionFactory) factory.getCache().getRegionFactory();
    return regions.region(entity.getName());
  }

  @Test
  void nothingBroken_isNoAlarm() {
    writtenOutside("update product set price = 11 where id = 1");
    read();

    AuditReport report = audit();

    assertThat(report.stale()).isEmpty();
    assertThat(report.fresh()).isEqualTo(report.samples()).isGreaterThan(4);
    assertThat(log.ids()).isEmpty();
  }

  /** Else nothing would be compared, and a report without a finding would look clean. */
  @Test
  void storeThatCannotBeListed_isNoCleanReport() {
    caches.refuseListing();

    AuditReport report = audit();

    assertThat(report.notCompared()).containsKey(Reason.FAILED);
    assertThat(log.ids()).contains("FRESHET-071");
  }

  @Test
  void entryThatGoesWhileItIsListed_keepsNoOtherFromBeingCompared() {
    int all = audit().fresh();
    caches.loseTheFirstListed();

    AuditReport report = audit();

    assertThat(report.notCompared()).isEmpty();
    assertThat(report.fresh()).isPositive().isLessThan(all);
    assertThat(log.ids()).isEmpty();
  }

  @Test
  void guardDisabled_loadFromAnOldSnapshotIsFound() {
    try (Session old = factory.openSession()) {
      old.beginTransaction();
      old.doWork(
          connection -> {
            try (var statement = connection.createStatement()) {
              statement.execute("set transaction isolation level repeatable read");
            }
          });
      old.createNativeQuery("select 1", Integer.class).getSingleResult(); // its snapshot
      writtenOutside("update product set price = 11 where id = 1");
      AtomicLongArray stamps =
          (AtomicLongArray) field(field(region(Product.class), "guard"), "stamps");
      for (int i = 0; i < stamps.length(); i++) {
        stamps.set(i, 0);
      }
      old.find(Product.class, 1L);
      old.getTransaction().rollback();
    }

    requireProductIsFound(11);
  }

  @Test
  void messageDropped_isFound() throws Exception {
    AtomicBoolean dropping = new AtomicBoolean();
    wrapFeed(dropping);
    dropping.set(true);
    writtenOutside("update product set price = 11 where id = 1");
    dropping.set(false);

    requireProductIsFound(11);
  }

  @Test
  void triggerMissing_isFound_alsoInTheQuery() {
    damaged("drop trigger freshet_update on product");
    writtenOutside("update product set price = 11 where id = 1");

    assertThat(prices()).containsExactly(10, 20);
    AuditReport report = audit();

    assertThat(report.stale())
        .extracting(Finding::kind)
        .containsExactlyInAnyOrder(Kind.ENTITY, Kind.QUERY);
    Finding query =
        report.stale().stream().filter(one -> one.kind() == Kind.QUERY).findFirst().orElseThrow();
    assertThat(query.differences())
        .extracting(Difference::cached, Difference::database)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("10", "11"));
    assertThat(prices()).containsExactly(11, 20);
    assertThat(price()).isEqualTo(11);
  }

  @Test
  void triggerMissesAColumn_thatColumnIsFound() {
    damaged(
        "drop trigger freshet_update on product",
        """
        create function narrow() returns trigger language plpgsql as $$ begin
          perform pg_notify('freshet', '{"v":1,"n":"' || gen_random_uuid() || '","c":[{"t":"product",'
            || '"s":"public","o":"*"}]}');
          return null; end $$""",
        "create trigger narrow after update of name on product for each row execute function"
            + " narrow()");
    writtenOutside("update product set name = 'told' where id = 1");
    read();
    assertThat(audit().stale()).isEmpty();

    writtenOutside("update product set price = 11 where id = 1");

    requireProductIsFound(11);
  }

  @Test
  void triggerMissesAForeignKey_collectionsAreFound() {
    damaged("drop trigger freshet_update on product");
    writtenOutside("update product set category_id = 2 where id = 2");

    assertThat(audit().stale())
        .filteredOn(one -> one.kind() == Kind.COLLECTION)
        .extracting(Finding::key)
        .containsExactlyInAnyOrder("1", "2");
  }

  @Test
  void rowDeletedUntold_isFound() {
    damaged("drop trigger freshet_delete on product");
    writtenOutside("delete from product where id = 1");

    Finding finding =
        audit().stale().stream().filter(one -> one.kind() == Kind.ENTITY).findFirst().orElseThrow();

    assertThat(finding.differences()).containsExactly(new Difference("id", "id", "1", null));
    assertThat(factory.<Product>fromTransaction(session -> session.find(Product.class, 1L)))
        .isNull();
  }

  @Test
  void stalePut_isFound() {
    var store = caches.store(Product.class);
    var held = store.iterator();
    Map.Entry<Object, Object> entry = null;
    while (held.hasNext()) {
      var next = held.next();
      if (CacheKey.of(next.getKey()).id().equals(1L)) {
        entry = Map.entry(next.getKey(), next.getValue());
      }
    }
    writtenOutside("update product set price = 11 where id = 1");
    store.put(entry.getKey(), entry.getValue());

    requireProductIsFound(11);
  }

  @Test
  void evictionUnderTheWrongKey_isFound() {
    caches.redirectRemovals(key -> "another");
    writtenOutside("update product set price = 11 where id = 1");
    caches.redirectRemovals(key -> key);

    requireProductIsFound(11);
  }

  @Test
  void queryTimestampNotBumped_isFound() {
    database.execute("update product set price = 11 where id = 1");
    settle();
    TimestampsRegionTemplate timestamps =
        (TimestampsRegionTemplate) factory.getCache().getTimestampsCache().getRegion();
    ((Map<?, ?>) field(timestamps.getStorageAccess(), "timestamps")).clear();
    assertThat(prices()).as("the seed has taken").containsExactly(10, 20);

    AuditReport report = audit();

    assertThat(report.stale()).extracting(Finding::kind).containsExactly(Kind.QUERY);
    assertThat(report.stale().get(0).name()).startsWith("select");
    assertThat(prices()).containsExactly(11, 20);
  }
}
