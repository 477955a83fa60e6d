package io.freshet.mapping;

import static io.freshet.mapping.Lab.deleted;
import static io.freshet.mapping.Lab.inserted;
import static io.freshet.mapping.Lab.row;
import static io.freshet.mapping.Lab.updated;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.JoinTable;
import jakarta.persistence.ManyToMany;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.Hibernate;
import org.hibernate.Session;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.annotations.NotFound;
import org.hibernate.annotations.NotFoundAction;
import org.hibernate.annotations.SQLJoinTableRestriction;
import org.hibernate.annotations.SQLOrder;
import org.hibernate.annotations.SQLRestriction;
import org.hibernate.annotations.SoftDelete;
import org.hibernate.annotations.Subselect;
import org.hibernate.annotations.Synchronize;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is cached of tables that no attribute is mapped on, and of columns that only SQL names. */
class SqlDependencyTest {

  private static Lab lab;

  @BeforeAll
  static void start() {
    lab =
        Lab.of(
            Bill.class,
            Position.class,
            Sum.class,
            Most.class,
            Shadow.class,
            Person.class,
            Stamp.class,
            Club.class);
    lab.database.execute(
        "alter table bill drop constraint bill_title_key",
        "create table blocked(bill_id bigint)",
        "create table unrelated(id int)");
  }

  @AfterAll
  static void stop() {
    lab.close();
  }

  @BeforeEach
  void fill() {
    lab.database.execute(
        "alter table club_person add column if not exists active boolean",
        "truncate bill, position, blocked, person, stamp, club, club_person cascade",
        "insert into bill(id, title, secret) values (1, 'a', 's'), (2, 'b', 't')",
        "insert into position(id, bill_id, amount) values (10, 1, 5), (11, 2, 6)",
        "insert into stamp(id, code, area) values (5, 'x', 'n'), (6, 'y', 'n')",
        "insert into person(id, deleted, nick, bill_id) values (7, false, 'p', 1)",
        "insert into person(id, deleted, nick, bill_id) values (8, false, 'q', 99)",
        "insert into club(id) values (3)",
        "insert into club_person(club_id, person_id, active) values (3, 7, true)");
    lab.factory.getCache().evictAllRegions();
    lab.write(
        session -> {
          for (long id = 1; id <= 2; id++) {
            Bill bill = session.find(Bill.class, id);
            Hibernate.initialize(bill.open);
            Hibernate.initialize(bill.sorted);
            session.find(Sum.class, id);
            session.find(Most.class, id);
            session.find(Shadow.class, id);
            session.find(Position.class, id + 9);
            session.find(Person.class, id + 6);
          }
          Hibernate.initialize(session.find(Club.class, 3L).members);
          shadow(session, "a");
          stamp(session);
        });
  }

  @SuppressWarnings("deprecation") // the shortest way through the natural-id cache
  private static Shadow shadow(Session session, String title) {
    return session.bySimpleNaturalId(Shadow.class).load(title);
  }

  @SuppressWarnings("deprecation")
  private static Stamp stamp(Session session) {
    return session.byNaturalId(Stamp.class).using("code", "x").using("area", "n").load();
  }

  private static boolean sum(long id) {
    return lab.cached(Sum.class, id);
  }

  @Test
  void subselect_synchronizedTableChanged_wholeRegion() {
    assertThat(sum(1) && sum(2)).isTrue();

    lab.change(
        "update position set amount = 50 where id = 10",
        updated("position", List.of("amount"), row("id", 10), row()));

    assertThat(sum(1) || sum(2)).isFalse();
    assertThat(lab.<Long>read(s -> s.find(Sum.class, 1L).total)).isEqualTo(50);
  }

  @Test
  void subselect_withoutSynchronize_tableThatItReadsChanged_wholeRegion() {
    assertThat(lab.cached(Most.class, 1L)).isTrue();

    lab.change(
        "update position set amount = 51 where id = 10",
        updated("position", List.of("amount"), row("id", 10), row()));

    assertThat(lab.cached(Most.class, 1L)).isFalse();
    assertThat(lab.<Long>read(s -> s.find(Most.class, 1L).amount)).isEqualTo(51);
  }

  @Test
  void formula_mentionedTableChanged_wholeRegionOfTheEntity() {
    lab.change("insert into blocked values (1)", inserted("blocked", "bill_id", 1));

    assertThat(lab.cached(Bill.class, 1L) || lab.cached(Bill.class, 2L)).isFalse();
    assertThat(lab.cached(Position.class, 10L)).isTrue();
    assertThat(lab.<Long>read(s -> s.find(Bill.class, 1L).blocks)).isEqualTo(1);
  }

  @Test
  void restrictionOfCollection_mentionedTableChanged_wholeRegion() {
    assertThat(lab.cachedCollection(Bill.class, "open", 1L)).isTrue();

    lab.change("insert into blocked values (1)", inserted("blocked", "bill_id", 1));

    assertThat(lab.cachedCollection(Bill.class, "open", 1L)).isFalse();
    assertThat(lab.cachedCollection(Bill.class, "sorted", 1L)).isTrue();
    assertThat(lab.<Integer>read(s -> s.find(Bill.class, 1L).open.size())).isZero();
  }

  @Test
  void sqlOrder_columnUpdated_keyOfTheOrdered() {
    lab.change(
        "update position set amount = 50 where id = 10",
        updated("position", List.of("amount"), row("id", 10, "bill_id", 1), row()));

    assertThat(lab.cachedCollection(Bill.class, "sorted", 1L)).isFalse();
    assertThat(lab.cachedCollection(Bill.class, "sorted", 2L)).isTrue();
    assertThat(lab.cachedCollection(Bill.class, "open", 1L)).isTrue();
  }

  @Test
  void unrelatedTable_changed_onlyItsQuerySpaces() {
    Footprint footprint =
        lab.change("insert into unrelated values (1)", inserted("unrelated", "id", 1));

    assertThat(footprint.regions()).isEmpty();
    assertThat(footprint.querySpaces()).containsExactly("unrelated");
    assertThat(lab.map().maps(io.freshet.change.TableName.of("unrelated"))).isFalse();
    assertThat(lab.map().maps(io.freshet.change.TableName.of("blocked"))).isTrue();
  }

  @Test
  void twoEntitiesOnOneTable_rowUpdated_both() {
    assertThat(lab.cached(Shadow.class, 1L)).isTrue();

    lab.change(
        "update bill set secret = 'n' where id = 1",
        updated("bill", List.of("secret"), row("id", 1), row()));

    assertThat(lab.cached(Shadow.class, 1L)).isFalse();
    assertThat(lab.cached(Shadow.class, 2L)).isTrue();
    assertThat(lab.cached(Bill.class, 1L)).isFalse();
  }

  @Test
  void joinTableRestriction_columnUpdated_key() {
    assertThat(lab.cachedCollection(Club.class, "members", 3L)).isTrue();

    lab.change(
        "update club_person set active = false",
        updated("club_person", List.of("active"), row("club_id", 3), row()));

    assertThat(lab.cachedCollection(Club.class, "members", 3L)).isFalse();
    assertThat(lab.<Integer>read(s -> s.find(Club.class, 3L).members.size())).isZero();
  }

  @Test
  void softDelete_flagSet_entityAndCollectionsOfIt() {
    lab.change(
        "update person set deleted = true where id = 7",
        updated("person", List.of("deleted"), row("id", 7), row()));

    assertThat(lab.cached(Person.class, 7L)).isFalse();
    assertThat(lab.cached(Person.class, 8L)).isTrue();
    assertThat(lab.cachedCollection(Club.class, "members", 3L)).isFalse();
    assertThat(lab.<Integer>read(s -> s.find(Club.class, 3L).members.size())).isZero();
  }

  @Test
  void softDelete_otherColumn_collectionStays() {
    lab.change(
        "update person set nick = 'z' where id = 7",
        updated("person", List.of("nick"), row("id", 7), row()));

    assertThat(lab.cachedCollection(Club.class, "members", 3L)).isTrue();
  }

  @Test
  void notFoundIgnored_missingRowInserted_regionOfTheReferrer() {
    assertThat(lab.<Boolean>read(s -> s.find(Person.class, 8L).bill == null)).isTrue();

    lab.change(
        "insert into bill(id, title) values (99, 'late')",
        inserted("bill", "id", 99, "title", "late"));

    assertThat(lab.cached(Person.class, 8L)).isFalse();
    assertThat(lab.<String>read(s -> s.find(Person.class, 8L).bill.title)).isEqualTo("late");
    lab.database.execute("delete from bill where id = 99");
  }

  @Test
  void naturalId_swapped_exactKeys() {
    lab.write(s -> shadow(s, "b"));

    Footprint footprint =
        lab.change(
            "update bill set title = case id when 1 then 'b' else 'a' end",
            updated("bill", List.of("title"), row("id", 1, "title", "a"), row("title", "b")),
            updated("bill", List.of("title"), row("id", 2, "title", "b"), row("title", "a")));

    assertThat(footprint.regions().get(Shadow.class.getName() + "##NaturalId").keys()).hasSize(2);
    assertThat(lab.<Long>read(s -> shadow(s, "a").id)).isEqualTo(2);
    assertThat(lab.<Long>read(s -> shadow(s, "b").id)).isEqualTo(1);
  }

  @Test
  void naturalId_compound_exactKey() {
    Footprint footprint =
        lab.change(
            "delete from stamp where id = 5", deleted("stamp", "id", 5, "code", "x", "area", "n"));

    assertThat(footprint.regions().get(Stamp.class.getName() + "##NaturalId").keys()).hasSize(1);
    assertThat(lab.<Boolean>read(s -> stamp(s) == null)).isTrue();
  }

  @Test
  void naturalId_oldValueUnknown_wholeRegion_otherColumn_nothing() {
    Footprint deleted = lab.map().footprint(deleted("stamp", "id", 5), null);
    Footprint withNull =
        lab.map().footprint(deleted("stamp", "id", 5, "code", "x", "area", null), null);
    Footprint other =
        lab.map().footprint(updated("stamp", List.of("price"), row("id", 5), row()), null);
    Footprint added = lab.map().footprint(inserted("stamp", "id", 9, "code", "q"), null);

    String region = Stamp.class.getName() + "##NaturalId";
    assertThat(deleted.regions().get(region).whole()).isTrue();
    assertThat(withNull.regions().get(region).whole()).isTrue();
    assertThat(other.regions()).doesNotContainKey(region);
    assertThat(added.regions()).isEmpty();
  }

  @Entity(name = "Bill")
  @Cacheable
  static class Bill {
    @Id Long id;
    String title;

    @Formula("(select count(*) from blocked b where b.bill_id = id)")
    Long blocks;

    @OneToMany(mappedBy = "bill")
    @SQLRestriction("bill_id not in (select b.bill_id from blocked b)")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Position> open = new HashSet<>();

    @OneToMany(mappedBy = "bill")
    @SQLOrder("abs(amount), id")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    List<Position> sorted = new ArrayList<>();
  }

  @Entity(name = "Position")
  @Cacheable
  static class Position {
    @Id Long id;
    Long amount;

    @ManyToOne
    @JoinColumn(name = "bill_id")
    Bill bill;
  }

  @Entity(name = "Sum")
  @Cacheable
  @Subselect("select bill_id as id, sum(amount)::bigint as total from position group by bill_id")
  @Synchronize("position")
  static class Sum {
    @Id Long id;
    Long total;
  }

  /** Nothing says which tables it reads but its text. */
  @Entity(name = "Most")
  @Cacheable
  @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
  @Subselect("select bill_id as id, max(amount)::bigint as amount from position group by bill_id")
  static class Most {
    @Id Long id;
    Long amount;
  }

  @Entity(name = "Shadow")
  @jakarta.persistence.Table(name = "bill")
  @Cacheable
  @NaturalIdCache
  static class Shadow {
    @Id Long id;

    @NaturalId(mutable = true)
    @Column(name = "title")
    String title;

    String secret;
  }

  @Entity(name = "Stamp")
  @Cacheable
  @NaturalIdCache
  static class Stamp {
    @Id Long id;
    @NaturalId String code;
    @NaturalId String area;
    Integer price;
  }

  @Entity(name = "Person")
  @Cacheable
  @SoftDelete
  static class Person {
    @Id Long id;
    String nick;

    @ManyToOne
    @NotFound(action = NotFoundAction.IGNORE)
    @JoinColumn(
        name = "bill_id",
        foreignKey =
            @jakarta.persistence.ForeignKey(jakarta.persistence.ConstraintMode.NO_CONSTRAINT))
    Bill bill;
  }

  @Entity(name = "Club")
  @Cacheable
  static class Club {
    @Id Long id;

    @ManyToMany
    @JoinTable(
        name = "club_person",
        joinColumns = @JoinColumn(name = "club_id"),
        inverseJoinColumns = @JoinColumn(name = "person_id"))
    @SQLJoinTableRestriction("active = true")
    @Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
    Set<Person> members = new HashSet<>();
  }
}
