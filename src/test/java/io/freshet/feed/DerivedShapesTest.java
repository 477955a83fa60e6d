package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.util.Map;
import org.hibernate.annotations.Formula;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;
import org.hibernate.annotations.Subselect;
import org.hibernate.annotations.Synchronize;

/** Natural ids, and what is computed from other tables: subselects, formulas, queries. */
class DerivedShapesTest extends ShapeTests {

  @Override
  CacheView build(String feed) {
    Class<?>[] entities = {
      Book.class, Place.class, Summary.class, Account.class, Payment.class, Plain.class
    };
    return CacheView.of(
            feed,
            entities,
            "create table by_hand(id bigint primary key, note text)",
            "create table payment(id bigint primary key, account_id bigint, amount int, note text)")
        .entities(Book.class, 1L, 2L, 3L)
        .naturalId(Book.class, Map.of("isbn", "i1"))
        .naturalId(Book.class, Map.of("isbn", "i2"))
        .naturalId(Book.class, Map.of("isbn", "i3"))
        .entities(Place.class, 1L, 2L)
        .naturalId(Place.class, Map.of("country", "de", "town", "Bonn"))
        .naturalId(Place.class, Map.of("country", "fr", "town", "Bonn"))
        .entities(Summary.class, 1L, 2L)
        .entities(Account.class, 1L, 2L)
        .entities(Payment.class, 10L, 20L)
        .query("books", "select b.isbn from Book b order by b.id")
        .query("summaries", "select s.total from Summary s order by s.id")
        .query("accounts", "select a.total from Account a order by a.id")
        .query("plain", "select p.note from Plain p order by p.id")
        .nativeQuery("by hand", "select note from by_hand order by id", "by_hand");
  }

  @Override
  String[] seed() {
    return new String[] {
      "truncate book, place, account, payment, plain, by_hand",
      "insert into book(id, isbn, title) values (1, 'i1', 'one'), (2, 'i2', 'two')",
      "insert into place(id, country, town, note) values (1, 'de', 'Bonn', 'n'), (2, 'fr', 'Bonn',"
          + " 'n')",
      "insert into account(id, name) values (1, 'a'), (2, 'b')",
      "insert into payment(id, account_id, amount) values (10, 1, 5), (20, 2, 7)",
      "insert into plain(id, note) values (1, 'p')",
      "insert into by_hand(id, note) values (1, 'h')"
    };
  }

  /** The unique constraint that Hibernate made is not deferrable: it forbids a swap. */
  private CacheView withoutConstraint(String feed) {
    CacheView view = view(feed);
    view.nodes.outside(
        "do $$ declare c text; begin for c in select conname from pg_constraint where contype = 'u'"
            + " and conrelid = 'book'::regclass loop"
            + " execute format('alter table book drop constraint %I', c); end loop; end $$");
    return view(feed);
  }

  @OnBothFeeds
  void naturalId_changed_takesTheOldResolution(String feed) {
    CacheView view = view(feed);

    view.after("update book set isbn = 'i3' where id = 1", "Book#1", "Book~i1", "books");
    view.after("update book set isbn = 'i1' where id = 1", "Book#1", "Book~i3", "books");
    view.after("update book set title = 'other' where id = 1", "Book#1", "books");
    view.after("delete from book where id = 2", "Book#2", "Book~i2", "books");
    view.after("insert into book(id, isbn) values (3, 'i2')", "books");
    view.after("update book set id = 2 where id = 3", "Book#3", "Book~i2", "books");
  }

  @OnBothFeeds
  void naturalIds_swappedInOneStatement_areResolvedAnew(String feed) {
    withoutConstraint(feed)
        .after(
            "update book set isbn = case id when 1 then 'i2' else 'i1' end where id in (1, 2)",
            "Book#1",
            "Book#2",
            "Book~i1",
            "Book~i2",
            "books");
  }

  @OnBothFeeds
  void naturalId_becomesNullAndBack_isFresh(String feed) {
    CacheView view = view(feed);

    view.after("update book set isbn = null where id = 1", "Book#1", "Book~i1", "books");
    // a row without natural id may have been found by null: all resolutions go
    view.after("update book set isbn = 'i1' where id = 1", "Book#1", "Book~i2", "books");
  }

  @OnBothFeeds
  void naturalId_ofTwoColumns_takesTheOneResolution(String feed) {
    CacheView view = view(feed);

    view.after("update place set town = 'Metz' where id = 2", "Place#2", "Place~fr,Bonn");
    view.after("update place set note = 'm' where id = 1", "Place#1");
    view.after("delete from place where id = 1", "Place#1", "Place~de,Bonn");
  }

  @OnBothFeeds
  void subselect_anyOfItsTablesWritten_takesItsRegion(String feed) {
    CacheView view = view(feed);

    // of which account the payment is, only PostgreSQL can tell
    view.after(
        "update payment set amount = 6 where id = 10",
        "Payment#10",
        "Account#1",
        "Account#2",
        "Summary#1",
        "Summary#2",
        "summaries",
        "accounts");
    view.after(
        "update account set name = 'c' where id = 1",
        "Account#1",
        "Summary#1",
        "Summary#2",
        "summaries",
        "accounts");
  }

  @OnBothFeeds
  void formula_otherTableInsertedAndTruncated_takesItsRegion(String feed) {
    CacheView view = view(feed);
    String[] computed = {
      "Account#1", "Account#2", "Summary#1", "Summary#2", "summaries", "accounts"
    };

    view.after("insert into payment(id, account_id, amount) values (30, 1, 100)", computed);
    view.after("delete from payment where id = 30", computed);
  }

  @OnBothFeeds
  void entityThatIsNotCached_takesItsQueries(String feed) {
    CacheView view = view(feed);

    view.after("update plain set note = 'q'", "plain");
    view.after("insert into plain(id, note) values (2, 'r')", "plain");
    view.after("delete from plain where id = 1", "plain");
  }

  @OnBothFeeds
  void tableTrackedByHand_takesNativeQueriesOnIt(String feed) {
    CacheView view = view(feed);
    boolean triggers = Nodes.byTriggers(feed);
    view.nodes.outside(
        triggers
            ? "select freshet.track('by_hand')"
            : "alter publication freshet add table by_hand");
    view.fresh();

    assertThat(view.answer(view.nodes.one, "by hand")).isEqualTo("[h]");
    view.after("update by_hand set note = 'i' where id = 1", "by hand");

    assertThat(view.answer(view.nodes.one, "by hand")).isEqualTo("[i]");
    view.nodes.outside(
        triggers
            ? "select freshet.untrack('by_hand')"
            : "alter publication freshet drop table by_hand");
  }

  @Entity(name = "Book")
  @Cacheable
  @NaturalIdCache
  static class Book {
    @Id Long id;

    @NaturalId(mutable = true)
    String isbn;

    String title;
  }

  @Entity(name = "Place")
  @Cacheable
  @NaturalIdCache
  static class Place {
    @Id Long id;

    @NaturalId(mutable = true)
    String country;

    @NaturalId(mutable = true)
    String town;

    String note;
  }

  @Entity(name = "Summary")
  @Subselect(
      "select a.id, a.name, coalesce(sum(p.amount), 0) as total from account a"
          + " left join payment p on p.account_id = a.id group by a.id, a.name")
  @Synchronize({"account", "payment"})
  @Immutable
  @Cacheable
  static class Summary {
    @Id Long id;
    String name;
    Long total;
  }

  @Entity(name = "Account")
  @Cacheable
  static class Account {
    @Id Long id;
    String name;

    @Formula("(select sum(p.amount) from payment p where p.account_id = id)")
    Long total;
  }

  @Entity(name = "Payment")
  @Cacheable
  static class Payment {
    @Id Long id;
    Integer amount;
  }

  /** Not cached itself. */
  @Entity(name = "Plain")
  static class Plain {
    @Id Long id;
    String note;
  }
}
