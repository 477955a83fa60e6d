package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.annotations.TenantId;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** Tenants in one table: a row is evicted for every tenant, and nothing else is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenantShapesTest {

  private static final List<String> TENANTS = List.of("red", "blue");
  private static final String LABELS = Account.class.getName() + ".labels";
  private final Map<String, Nodes> stages = new HashMap<>();

  private Nodes stage(String feed) {
    Nodes nodes =
        stages.computeIfAbsent(
            feed,
            kind ->
                Nodes.of(
                    kind,
                    settings -> settings.with("hibernate.tenant_identifier_resolver", new Nobody()),
                    new Class<?>[] {Account.class, Rate.class}));
    nodes.outside(
        "truncate account, account_labels, rate cascade",
        "insert into account(id, code, note, tenant) values (1, 'r1', 'n', 'red'),"
            + " (2, 'r2', 'n', 'red'), (3, 'b3', 'n', 'blue')",
        "insert into account_labels(account_id, labels) values (1, 'x'), (3, 'y')",
        "insert into rate(id, note) values (1, 'shared')");
    for (SessionFactoryImplementor node : nodes.both()) {
      for (String tenant : TENANTS) {
        // the first session of a tenant makes it known, and fills nothing
        read(node, tenant, session -> session.find(Rate.class, 1L));
      }
      for (String tenant : TENANTS) {
        read(node, tenant, TenantShapesTest::readAll);
      }
    }
    return nodes;
  }

  private static Object readAll(Session session) {
    for (long id = 1; id <= 3; id++) {
      Account found = session.find(Account.class, id);
      if (found != null) {
        Hibernate.initialize(found.labels);
        byCode(session, found.code);
      }
    }
    return session.find(Rate.class, 1L);
  }

  private static Account byCode(Session session, String code) {
    return session.find(Account.class, code, KeyType.NATURAL);
  }

  private static String read(
      SessionFactoryImplementor node, String tenant, Function<Session, Object> work) {
    try (Session session = node.withOptions().tenantIdentifier((Object) tenant).openSession()) {
      session.beginTransaction();
      String result = String.valueOf(work.apply(session));
      session.getTransaction().commit();
      return result;
    }
  }

  private static boolean holds(
      SessionFactoryImplementor node, String tenant, Class<?> type, Object id) {
    var persister = node.getMappingMetamodel().getEntityDescriptor(type);
    var access = persister.getCacheAccessStrategy();
    return access.contains(access.generateCacheKey(id, persister, node, tenant));
  }

  private static boolean holdsLabels(SessionFactoryImplementor node, String tenant, Object id) {
    var persister = node.getMappingMetamodel().getCollectionDescriptor(LABELS);
    var access = persister.getCacheAccessStrategy();
    return access.contains(access.generateCacheKey(id, persister, node, tenant));
  }

  private static boolean holdsCode(SessionFactoryImplementor node, String tenant, String code) {
    var persister = node.getMappingMetamodel().getEntityDescriptor(Account.class);
    var access = persister.getNaturalIdCacheAccessStrategy();
    try (Session session = node.withOptions().tenantIdentifier((Object) tenant).openSession()) {
      return access.contains(
          access.generateCacheKey(code, persister, (SessionImplementor) session));
    }
  }

  @AfterAll
  void close() {
    stages.values().forEach(Nodes::close);
  }

  @OnBothFeeds
  void rowOfOneTenant_updated_goesAlone(String feed) {
    Nodes nodes = stage(feed);

    nodes.outside("update account set note = 'm' where id = 1");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holds(node, "red", Account.class, 1L)).isFalse();
      assertThat(holds(node, "red", Account.class, 2L)).isTrue();
      assertThat(holds(node, "blue", Account.class, 3L)).isTrue();
      assertThat(holdsLabels(node, "red", 1L)).isTrue();
      assertThat(holdsCode(node, "red", "r1")).isTrue();
      assertThat(read(node, "red", s -> s.find(Account.class, 1L).note)).isEqualTo("m");
      assertThat(read(node, "blue", s -> s.find(Account.class, 3L).note)).isEqualTo("n");
    }
  }

  @OnBothFeeds
  void rowThatAllTenantsShare_goesForEachOfThem(String feed) {
    Nodes nodes = stage(feed);
    for (SessionFactoryImplementor node : nodes.both()) {
      TENANTS.forEach(tenant -> assertThat(holds(node, tenant, Rate.class, 1L)).isTrue());
    }

    nodes.outside("update rate set note = 'new' where id = 1");

    for (SessionFactoryImplementor node : nodes.both()) {
      for (String tenant : TENANTS) {
        assertThat(holds(node, tenant, Rate.class, 1L)).isFalse();
        assertThat(read(node, tenant, s -> s.find(Rate.class, 1L).note)).isEqualTo("new");
      }
      assertThat(holds(node, "red", Account.class, 1L)).isTrue();
    }
  }

  @OnBothFeeds
  void naturalIdAndElements_goForTheirTenant(String feed) {
    Nodes nodes = stage(feed);

    nodes.outside(
        "update account set code = 'r9' where id = 2",
        "insert into account_labels(account_id, labels) values (3, 'z')");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(holdsCode(node, "red", "r2")).isFalse();
      assertThat(holdsCode(node, "red", "r1")).isTrue();
      assertThat(holdsCode(node, "blue", "b3")).isTrue();
      assertThat(holdsLabels(node, "blue", 3L)).isFalse();
      assertThat(holdsLabels(node, "red", 1L)).isTrue();
      assertThat(read(node, "red", s -> byCode(s, "r2"))).isEqualTo("null");
      assertThat(read(node, "red", s -> byCode(s, "r9").id)).isEqualTo("2");
      assertThat(read(node, "blue", s -> s.find(Account.class, 3L).labels.size())).isEqualTo("2");
    }
  }

  @OnBothFeeds
  void rowHandedToAnotherTenant_isSeenByThatOneOnly(String feed) {
    Nodes nodes = stage(feed);

    nodes.outside("update account set tenant = 'blue' where id = 2");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(read(node, "red", s -> s.find(Account.class, 2L))).isEqualTo("null");
      assertThat(read(node, "blue", s -> s.find(Account.class, 2L).note)).isEqualTo("n");
      assertThat(holds(node, "red", Account.class, 1L)).isTrue();
    }
  }

  @OnBothFeeds
  void rowDeleted_goesAlone(String feed) {
    Nodes nodes = stage(feed);

    nodes.outside(
        "with l as (delete from account_labels where account_id = 3)"
            + " delete from account where id = 3");

    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(read(node, "blue", s -> s.find(Account.class, 3L))).isEqualTo("null");
      assertThat(read(node, "blue", s -> byCode(s, "b3"))).isEqualTo("null");
      assertThat(holds(node, "red", Account.class, 1L)).isTrue();
    }
  }

  static final class Nobody implements CurrentTenantIdentifierResolver<String> {
    @Override
    public String resolveCurrentTenantIdentifier() {
      return "nobody";
    }

    @Override
    public boolean validateExistingCurrentSessions() {
      return false;
    }
  }

  @Entity(name = "Account")
  @Cacheable
  @NaturalIdCache
  static class Account {
    @Id Long id;

    @NaturalId(mutable = true)
    String code;

    String note;
    @TenantId String tenant;

    @ElementCollection
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<String> labels = new HashSet<>();
  }

  /** Of no tenant in particular, and cached for each. */
  @Entity(name = "Rate")
  @Cacheable
  static class Rate {
    @Id Long id;
    String note;
  }
}
