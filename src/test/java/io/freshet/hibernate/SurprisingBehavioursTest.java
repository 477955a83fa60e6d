package io.freshet.hibernate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.Freshet;
import io.freshet.hibernate.Zoo.Animal;
import io.freshet.hibernate.Zoo.Badge;
import io.freshet.hibernate.Zoo.BadgeId;
import io.freshet.hibernate.Zoo.Dog;
import io.freshet.hibernate.Zoo.Keeper;
import io.freshet.hibernate.Zoo.Permit;
import io.freshet.hibernate.Zoo.Plaque;
import io.freshet.hibernate.Zoo.Ticket;
import io.freshet.testing.SessionFactories;
import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.List;
import java.util.function.Consumer;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.TenantId;
import org.hibernate.event.spi.EventType;
import org.hibernate.event.spi.PreInsertEventListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What surprises users of Hibernate's own second-level cache, one test each. 17 (callbacks that
 * throw) is in {@link SurvivalTest}.
 */
class SurprisingBehavioursTest {

  private static final String ANIMALS = Keeper.class.getName() + ".animals";
  private static Stage zoo;

  @BeforeAll
  static void build() {
    zoo = Stage.of(s -> s, Zoo.ENTITIES);
    PreInsertEventListener veto = e -> e.getEntity() instanceof Permit p && "veto".equals(p.text);
    zoo.factory.getEventEngine().getListenerRegistry().appendListeners(EventType.PRE_INSERT, veto);
  }

  @AfterAll
  static void close() {
    zoo.close();
  }

  @BeforeEach
  void seed() {
    zoo.database.execute(
        "truncate keeper, animal, dog, \"PBird\", ticket, badge, plaque, permit cascade",
        "insert into keeper (id, name) values (1, 'k1'), (2, 'k2')",
        "insert into animal (id, name, keeper_id) values (1, 'cat', 1), (2, 'rex', 1)",
        "insert into dog (id, breed) values (2, 'pug')",
        "insert into ticket (id, seat, price, version) values (1, 'A1', 10, 0)",
        "insert into badge (keeper_id, number, text) values (1, 7, 'b')",
        "insert into plaque (id, code, text) values (1, 'c1', 't1'), (2, 'c2', 't2')",
        "insert into permit (id, text) values (1, 'p1')");
    zoo.evictAll();
  }

  private static List<Long> animals(long keeper) {
    return zoo.read(
        s -> s.find(Keeper.class, keeper).animals.stream().map(a -> a.id).sorted().toList());
  }

  private static String permit(long id) {
    return zoo.read(
        s -> {
          Permit permit = s.find(Permit.class, id);
          return permit == null ? null : permit.text;
        });
  }

  private static String animal(long id) {
    return zoo.read(
        s -> {
          Animal animal = s.find(Animal.class, id);
          return animal == null ? null : animal.name;
        });
  }

  private static void sql(Session session, String sql) {
    session.createNativeMutationQuery(sql).executeUpdate();
  }

  private static void jdbc(Session session, String sql) {
    session.doWork(
        connection -> {
          try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
          }
        });
  }

  /** 1. A load in flight puts its old value after an eviction. */
  @Test
  void surprise01_loadOlderThanAnEviction_isNotStored() {
    try (Session reader = zoo.factory.openSession()) {
      reader.beginTransaction();
      jdbc(reader, "set transaction isolation level repeatable read");
      reader.createNativeQuery("select 1", Integer.class).getSingleResult();
      zoo.write(s -> sql(s, "update permit set text = 'new' where id = 1"));
      zoo.factory.getCache().evictEntityData(Permit.class);
      assertThat(reader.find(Permit.class, 1L).text).isEqualTo("p1");
      reader.getTransaction().commit();
    }
    assertThat(permit(1)).isEqualTo("new");
  }

  /** 2. What doWork wrote and the session loaded stays cached after the rollback. */
  @Test
  void surprise02_loadAfterDoWorkRolledBack_leavesNothing() {
    for (long id : new long[] {1, 9}) {
      zoo.writeAndRollBack(
          s -> {
            jdbc(s, "insert into permit values (9, 'phantom')");
            jdbc(s, "update permit set text = 'phantom' where id = 1");
            assertThat(s.find(Permit.class, id).text).isEqualTo("phantom");
          });
    }
    assertThat(permit(1)).isEqualTo("p1");
    assertThat(permit(9)).isNull();
  }

  /** 3. HHH-14983: after bulk HQL the same transaction still reads the cached entity. */
  @Test
  void surprise03_bulkHqlInTheSameTransaction_isSeen() {
    animal(1);
    zoo.write(
        s -> {
          s.createMutationQuery("update Animal set name = 'lion' where id = 1").executeUpdate();
          assertThat(s.find(Animal.class, 1L).name).isEqualTo("lion");
          assertThat(animal(1)).isEqualTo("cat");
        });
    assertThat(animal(1)).isEqualTo("lion");
  }

  /** 4. A StatelessSession's bulk HQL evicts before it runs, and never again. */
  @Test
  void surprise04_statelessBulkHql_isFreshAfterItsCommit() {
    permit(1);
    zoo.factory.inStatelessTransaction(
        s -> {
          s.createMutationQuery("update Permit set text = 'new' where id = 1").executeUpdate();
          assertThat(permit(1)).isEqualTo("p1");
        });
    assertThat(permit(1)).isEqualTo("new");
  }

  /** 5. A StatelessSession never invalidates cached queries. */
  @Test
  void surprise05_statelessWrites_invalidateCachedQueries() {
    assertThat(permits()).containsExactly("p1");
    zoo.factory.inStatelessTransaction(s -> s.insert(new Permit(2, "p2")));
    assertThat(permits()).containsExactly("p1", "p2");
    zoo.factory.inStatelessTransaction(
        s -> s.createMutationQuery("delete from Permit where id = 1").executeUpdate());
    assertThat(permits()).containsExactly("p2");
  }

  private static List<String> permits() {
    return zoo.read(
        s ->
            s.createSelectionQuery("select text from Permit order by id", String.class)
                .setCacheable(true)
                .getResultList());
  }

  /** 6. Writes of a subclass miss collections that are typed by its superclass. */
  @Test
  void surprise06_subclassWritten_reachesCollectionsOfTheSuperclass() {
    assertThat(animals(1)).containsExactly(1L, 2L);
    zoo.write(s -> s.persist(new Dog(3, "bo", s.getReference(Keeper.class, 1L), "lab")));
    assertThat(animals(1)).containsExactly(1L, 2L, 3L);
    zoo.write(s -> s.createMutationQuery("delete from Dog where id = 2").executeUpdate());
    assertThat(animals(1)).containsExactly(1L, 3L);
    assertThat(animal(2)).isNull();
  }

  /** 7. Native writes of join and collection tables miss the collections. */
  @Test
  void surprise07_nativeWriteOfACollectionsTable_reachesTheCollection() {
    assertThat(animals(1)).containsExactly(1L, 2L);
    assertThat(animals(2)).isEmpty();
    zoo.write(
        s ->
            s.createNativeQuery("update animal set keeper_id = 2 where id = 2", Object.class)
                .addSynchronizedQuerySpace("dog")
                .executeUpdate());
    assertThat(animals(1)).containsExactly(1L);
    assertThat(animals(2)).containsExactly(2L);
    assertThat(zoo.holds(ANIMALS, 1L)).isTrue();
  }

  /** 8. A natural id resolves by the cache without a look at the entity; HHH-16557. */
  @Test
  void surprise08_naturalIdGivenToAnother_resolvesToTheOther() {
    assertThat(plaque("c1")).isEqualTo(1);
    zoo.write(
        s -> {
          sql(s, "update plaque set code = 'x' where id = 1");
          sql(s, "update plaque set code = 'c1' where id = 2");
        });
    assertThat(plaque("c1")).isEqualTo(2);
    zoo.write(s -> s.remove(s.find(Plaque.class, 2L)));
    assertThat(plaque("c1")).isNull();
    zoo.write(s -> s.persist(new Plaque(3, "c1", "again")));
    assertThat(plaque("c1")).isEqualTo(3);
  }

  private static Long plaque(String code) {
    return zoo.read(
        s -> {
          Plaque plaque = s.find(Plaque.class, code, KeyType.NATURAL);
          return plaque == null ? null : plaque.id;
        });
  }

  /** 9. An insert that a listener vetoed is served from the cache all the same. */
  @Test
  void surprise09_vetoedInsert_isNotServed() {
    zoo.write(s -> s.persist(new Permit(5, "veto")));
    assertThat(permit(5)).isNull();
  }

  /** 10. An EmbeddedId with an association never hits across sessions; at least it is fresh. */
  @Test
  void surprise10_embeddedIdWithAssociation_isFresh() {
    assertThat(badge()).isEqualTo("b");
    zoo.write(s -> sql(s, "update badge set text = 'native' where number = 7"));
    assertThat(badge()).isEqualTo("native");
    zoo.write(
        s -> s.find(Badge.class, new BadgeId(s.getReference(Keeper.class, 1L), 7)).text = "flush");
    assertThat(badge()).isEqualTo("flush");
  }

  private static String badge() {
    return zoo.read(
        s -> s.find(Badge.class, new BadgeId(s.getReference(Keeper.class, 1L), 7)).text);
  }

  /** 11. Hibernate's evictEntityData(id) ignores the tenant; Freshet's evict does not. */
  @Test
  void surprise11_evictionWithTenants_reachesEveryTenant() {
    try (Stage offices = Stage.of(s -> s, new Class<?>[] {Desk.class})) {
      inTenant(offices, "a", s -> s.persist(new Desk(1, "oak")));
      assertThat(desk(offices)).isEqualTo("oak");
      offices.database.execute("update desk set wood = 'ash'");
      offices.factory.getCache().evictEntityData(Desk.class, 1L);
      assertThat(desk(offices)).as("Hibernate's eviction has another key").isEqualTo("oak");
      Freshet.of(offices.factory).evict(Desk.class, 1L);
      assertThat(desk(offices)).isEqualTo("ash");
      inTenant(
          offices,
          "a",
          s -> s.createMutationQuery("update Desk set wood = 'fir' where id = 1").executeUpdate());
      assertThat(desk(offices)).isEqualTo("fir");
      inTenant(offices, "a", s -> jdbc(s, "update desk set wood = 'elm' where id = 1"));
      assertThat(desk(offices)).isEqualTo("elm");
      inTenant(offices, "b", s -> sql(s, "update desk set wood = 'yew' where id = 1"));
      assertThat(desk(offices)).as("written by another tenant's session").isEqualTo("yew");
    }
  }

  private static void inTenant(Stage stage, String tenant, Consumer<Session> work) {
    try (Session session =
        stage.factory.withOptions().tenantIdentifier((Object) tenant).openSession()) {
      session.beginTransaction();
      work.accept(session);
      session.getTransaction().commit();
    }
  }

  private static String desk(Stage stage) {
    String[] wood = new String[1];
    inTenant(stage, "a", s -> wood[0] = s.find(Desk.class, 1L).wood);
    return wood[0];
  }

  /** Belongs to a tenant. */
  @Entity(name = "Desk")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  static class Desk {
    @Id long id;
    String wood;
    @TenantId String tenant;

    protected Desk() {}

    Desk(long id, String wood) {
      this.id = id;
      this.wood = wood;
    }
  }

  /** 12. TRANSACTIONAL on a JCache keeps what was rolled back: refused at boot. */
  @Test
  void surprise12_transactional_isRefusedAtBoot() {
    assertThatThrownBy(() -> SessionFactories.on(zoo.database).build(Jta.class).close())
        .hasStackTraceContaining("TRANSACTIONAL")
        .hasStackTraceContaining("Use READ_WRITE");
  }

  /** Mapped with what a JCache cannot keep. */
  @Entity(name = "Jta")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.TRANSACTIONAL)
  static class Jta {
    @Id long id;
  }

  /** 13. NONSTRICT_READ_WRITE exposes uncommitted state. */
  @Test
  void surprise13_nonstrictFlushedClearedAndLoaded_isNotExposed() {
    permit(1);
    zoo.writeAndRollBack(
        s -> {
          s.find(Permit.class, 1L).text = "uncommitted";
          s.flush();
          s.clear();
          assertThat(s.find(Permit.class, 1L).text).isEqualTo("uncommitted");
          assertThat(permit(1)).isEqualTo("p1");
        });
    assertThat(permit(1)).isEqualTo("p1");
  }

  /** 14. A READ_ONLY natural id is put at the flush, before the commit. */
  @Test
  void surprise14_readOnlyNaturalIdInserted_isNotExposedBeforeCommit() {
    zoo.writeAndRollBack(
        s -> {
          s.persist(new Plaque(7, "c7", "t7"));
          s.flush();
          assertThat(plaque("c7")).isNull();
        });
    assertThat(plaque("c7")).isNull();
  }

  /** 15. A cacheable native query without spaces is never invalidated: it is never served here. */
  @Test
  void surprise15_nativeQueryWithoutSpaces_isNotServedFromTheCache() {
    assertThat(nativePermits()).containsExactly("p1");
    zoo.write(s -> sql(s, "update permit set text = 'new' where id = 1"));
    assertThat(nativePermits()).containsExactly("new");
  }

  private static List<String> nativePermits() {
    return zoo.read(
        s ->
            s.createNativeQuery("select text from permit", String.class)
                .setCacheable(true)
                .getResultList());
  }

  /** 16. Versioned with DynamicUpdate: the cached state lacks what others wrote (G7). */
  @Test
  void surprise16_dynamicUpdateBesideAnotherWriter_cachesTheRow() {
    zoo.write(
        s -> {
          Ticket ticket = s.find(Ticket.class, 1L);
          zoo.database.execute("update ticket set price = 99 where id = 1");
          ticket.seat = "B2";
        });
    assertThat(zoo.<Integer>read(s -> s.find(Ticket.class, 1L).price)).isEqualTo(99);
    assertThat(zoo.<String>read(s -> s.find(Ticket.class, 1L).seat)).isEqualTo("B2");
  }

  /** Defaults and generated columns are what the database made of them (G7). */
  @Test
  void generatedColumn_afterInsert_isWhatTheDatabaseMadeOfIt() {
    zoo.write(s -> s.persist(new Ticket(2, "C3", 5)));
    assertThat(zoo.<String>read(s -> s.find(Ticket.class, 2L).kind)).isEqualTo("adult");
    zoo.factory.inStatelessTransaction(s -> s.insert(new Ticket(3, "D4", 5)));
    assertThat(zoo.<String>read(s -> s.find(Ticket.class, 3L).kind)).isEqualTo("adult");
  }

  /** 18. Joined HQL on a quoted table (wrong SQL where it has a schema too) is seen and fresh. */
  @Test
  void surprise18_joinedHqlOnAQuotedTable_isFresh() {
    zoo.database.execute("insert into \"PBird\" (id, wings) values (1, 2)");
    assertThat(animal(1)).isEqualTo("cat");
    zoo.write(s -> s.createMutationQuery("update Bird set name = 'x', wings = 3").executeUpdate());
    assertThat(animal(1)).isEqualTo("x");
    assertThat(zoo.<Integer>read(s -> s.find(Zoo.Bird.class, 1L).wings)).isEqualTo(3);
  }

  /** 19. READ_ONLY entities that are changed externally, or inserted anew, are stale. */
  @Test
  void surprise19_readOnlyDeletedAndInsertedAnew_isFresh() {
    assertThat(plaqueText(1)).isEqualTo("t1");
    zoo.write(s -> sql(s, "delete from plaque where id = 1"));
    zoo.write(s -> s.persist(new Plaque(1, "c1", "anew")));
    assertThat(plaqueText(1)).isEqualTo("anew");
    zoo.write(s -> jdbc(s, "update plaque set text = 'jdbc' where id = 1"));
    assertThat(plaqueText(1)).isEqualTo("jdbc");
  }

  private static String plaqueText(long id) {
    return zoo.read(s -> s.find(Plaque.class, id).text);
  }

  /** Joined HQL runs as a select around a CTE on PostgreSQL: it is seen all the same. */
  @Test
  void joinedHqlUpdate_ofBothTables_isFreshAndRolledBackLeavesNothing() {
    animal(1);
    animal(2);
    String update = "update Dog set name = 'max', breed = 'mix' where id = 2";
    zoo.writeAndRollBack(
        s -> {
          s.createMutationQuery(update).executeUpdate();
          assertThat(((Dog) s.find(Animal.class, 2L)).breed).isEqualTo("mix");
          assertThat(animal(2)).isEqualTo("rex");
        });
    assertThat(animal(2)).isEqualTo("rex");
    zoo.write(s -> s.createMutationQuery(update).executeUpdate());
    assertThat(animal(2)).isEqualTo("max");
    assertThat(zoo.<String>read(s -> s.find(Dog.class, 2L).breed)).isEqualTo("mix");
    zoo.write(s -> s.createMutationQuery("delete from Animal where id = 2").executeUpdate());
    assertThat(animal(2)).isNull();
    assertThat(animals(1)).containsExactly(1L);
  }
}
