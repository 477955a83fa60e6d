package io.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Finding;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.AuditSettings;
import io.freshet.FeedSettings;
import io.freshet.Freshet;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.Shop;
import io.freshet.testing.Shop.Category;
import io.freshet.testing.Shop.Product;
import io.freshet.testing.TestDatabase;
import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import java.sql.Connection;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Without a feed: what differs is found and evicted, and nothing is proved. */
class AuditTest {

  private final TestDatabase database = TestDatabase.create();
  private SessionFactoryImplementor factory;

  @BeforeEach
  void fill() {
    factory = SessionFactories.on(database).build(Shop.ENTITIES);
    database.execute(
        "insert into category (id, name, version) values (1, 'one', 0)",
        "insert into product (id, sku, name, price, category_id) values (1, 'a', 'p', 10, 1),"
            + " (2, 'b', 'q', 20, 1)",
        "insert into product_labels (product_id, labels) values (1, 'new'), (1, 'old')");
    read();
  }

  @AfterEach
  void close() {
    factory.close();
    database.close();
  }

  private void read() {
    factory.inTransaction(
        session -> {
          Hibernate.initialize(session.find(Category.class, 1L).products);
          Hibernate.initialize(session.find(Product.class, 1L).labels);
          Hibernate.initialize(session.find(Product.class, 2L).tags);
          session.find(Product.class, "b", KeyType.NATURAL);
        });
    factory.inTransaction(
        session ->
            session
                .createSelectionQuery(
                    "select p.name, p.price from Product p where p.price > :x", Object[].class)
                .setParameter("x", 5)
                .setCacheable(true)
                .getResultList());
    factory.inTransaction(
        session ->
            session
                .createSelectionQuery("from Product p where p.price > :x", Product.class)
                .setParameter("x", 5)
                .setCacheable(true)
                .getResultList());
  }

  private AuditReport audit() {
    return Freshet.of(factory).audit();
  }

  @Test
  void nothingWritten_everythingIsFresh() {
    AuditReport report = audit();

    assertThat(report.fresh()).isEqualTo(report.samples()).isGreaterThanOrEqualTo(9);
    assertThat(report.notCompared()).isEmpty();
    assertThat(Freshet.of(factory).status().audit().orElseThrow().fresh())
        .isEqualTo(report.fresh());
  }

  @Test
  void writtenByOthers_isFoundByKind_andEvicted() {
    database.execute(
        "update product set price = 11, sku = 'c' where id = 2",
        "delete from product_labels where labels = 'old'");

    AuditReport report = audit();

    assertThat(report.stale()).isEmpty();
    assertThat(report.unproven())
        .extracting(Finding::kind)
        .containsExactlyInAnyOrder(
            Kind.ENTITY, Kind.COLLECTION, Kind.NATURAL_ID, Kind.QUERY, Kind.QUERY);
    AuditReport again = audit();
    assertThat(again.unproven()).isEmpty();
    assertThat(again.samples()).isEqualTo(report.samples() - 5);
  }

  /** Its text is looked at for functions that write, as that of other queries is not. */
  @Test
  void queryWithAFunction_outsideATransaction_isASample() {
    int before = audit().samples();
    for (int i = 0; i < 2; i++) {
      try (EntityManager manager = factory.createEntityManager()) {
        manager
            .createQuery("select count(*) from Product p where p.price > 7")
            .setHint("org.hibernate.cacheable", true)
            .getSingleResult();
      }
    }

    assertThat(factory.getStatistics().getQueryCacheHitCount()).isEqualTo(1);
    assertThat(audit().samples()).isEqualTo(before + 1);
  }

  @Test
  void auditAfterAudit_looksAtEverythingAgain() {
    int first = audit().samples();

    assertThat(audit().samples()).isEqualTo(first);
    assertThat(audit().samples()).isEqualTo(first);
  }

  @Test
  void fewerSamplesThanRegions_comeToAllOfThem_andToTheQueries() {
    factory.close();
    factory = SessionFactories.on(database).with(AuditSettings.SAMPLES, "1").build(Shop.ENTITIES);
    read();
    database.execute(
        "update category set name = 'two'",
        "update product set price = 11, sku = sku || 'c'",
        "delete from product_labels");

    Set<Kind> found = EnumSet.noneOf(Kind.class);
    for (int i = 0; i < 30; i++) {
      audit().unproven().forEach(finding -> found.add(finding.kind()));
    }

    assertThat(found).containsExactly(Kind.values());
  }

  @Test
  void tableThatSomebodyHasLocked_endsAsAFailure_andTheCallerIsFree() throws Exception {
    factory.close();
    factory =
        SessionFactories.on(database)
            .with(FeedSettings.MAX_STALENESS, "100ms")
            .build(Shop.ENTITIES);
    factory.inTransaction(session -> session.find(Product.class, 1L));
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("lock table product");

      AuditReport report = audit();

      assertThat(report.notCompared()).containsKey(Reason.FAILED);
      assertThat(report.unproven()).isEmpty();
    }
  }

  /** What is loaded for a query comes by while its result has just been stored. */
  @Test
  void queryOfEntitiesWithEagerCollections_isRunAgain_notWhatWasLoadedForIt() {
    try (SessionFactoryImplementor other = SessionFactories.on(database).build(Parcel.class)) {
      database.execute(
          "insert into parcel (id) values (1), (2)",
          "insert into parcel_stamps (parcel_id, stamps) values (1, 'a'), (2, 'b')");
      other.inTransaction(
          session ->
              session
                  .createSelectionQuery("from Parcel", Parcel.class)
                  .setCacheable(true)
                  .getResultList());

      AuditReport report = Freshet.of(other).audit();

      assertThat(report.unproven()).isEmpty();
      assertThat(report.notCompared()).isEmpty();
      assertThat(report.samples()).isEqualTo(2 + 1);

      database.execute("insert into parcel (id) values (3)");
      assertThat(Freshet.of(other).audit().unproven())
          .extracting(Finding::kind)
          .containsExactly(Kind.QUERY);
    }
  }

  @Entity(name = "Parcel")
  @Cacheable
  static class Parcel {
    @Id Integer id;

    @ElementCollection(fetch = FetchType.EAGER)
    Set<String> stamps = new HashSet<>();
  }
}
