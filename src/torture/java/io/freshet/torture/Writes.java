package io.freshet.torture;

import io.freshet.torture.Model.Basket;
import io.freshet.torture.Model.Category;
import io.freshet.torture.Model.Firm;
import io.freshet.torture.Model.Line;
import io.freshet.torture.Model.Observed;
import io.freshet.torture.Model.Party;
import io.freshet.torture.Model.Person;
import io.freshet.torture.Model.Product;
import io.freshet.torture.Model.Rate;
import io.freshet.torture.Model.Reading;
import java.sql.PreparedStatement;
import java.util.function.LongSupplier;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** The writes of a node's transaction. Not thread-safe. */
final class Writes {

  private static final String SQL_PRODUCT =
      "update product set qty = %d, stamp = %d, version = version + 1 where id = %d";

  private final Session session;
  private final Dice dice;
  private final LongSupplier stamps;
  private final Diary diary;

  Writes(Session session, Dice dice, LongSupplier stamps, Diary diary) {
    this.session = session;
    this.dice = dice;
    this.stamps = stamps;
    this.diary = diary;
  }

  /** One of them; how it was written. */
  String any() {
    return switch (dice.below(12)) {
      case 0, 1, 2 -> flushed();
      case 3 -> insertedOrRemoved();
      case 4 -> labelled();
      case 5 -> hql();
      case 6 -> hqlOfSome();
      case 7 -> nativeSql();
      case 8 -> nativeSqlOfSome();
      case 9 -> jdbc();
      case 10 -> procedure();
      default -> rekeyed();
    };
  }

  private String flushed() {
    Table table = dice.of(Reads.ENTITIES.keySet().stream().sorted().toList());
    Observed found = session.find(Reads.type(table), dice.key(table));
    if (found instanceof Product product) {
      product.qty = dice.below(10);
      product.stamp = stamps.getAsLong();
      if (dice.percent(30)) {
        product.category = category();
      }
    } else if (found instanceof Category category) {
      category.name = "n" + stamps.getAsLong();
    } else if (found instanceof Party party) {
      party.name = "n" + dice.below(10);
      party.stamp = stamps.getAsLong();
      if (party instanceof Person person) {
        person.age++;
      }
    } else if (found instanceof Reading reading) {
      reading.amount = dice.below(10);
      reading.sensor = dice.below(5);
      reading.stamp = stamps.getAsLong();
    } else if (found instanceof Basket basket) {
      basket.name = "n" + dice.below(10);
      basket.stamp = stamps.getAsLong();
    } else if (found instanceof Line line) {
      line.qty = dice.below(4);
      line.basket = session.getReference(Basket.class, dice.key(Table.BASKET));
    } else if (found instanceof Rate rate) {
      rate.amount = dice.below(4);
      rate.stamp = stamps.getAsLong();
    }
    session.flush();
    return "flush";
  }

  private @Nullable Category category() {
    return dice.percent(20) ? null : session.find(Category.class, dice.key(Table.CATEGORY));
  }

  private String insertedOrRemoved() {
    Table table =
        dice.of(
            java.util.List.of(
                Table.PRODUCT, Table.PARTY, Table.READING, Table.LINE, Table.BASKET, Table.RATE));
    int id = dice.key(table);
    Observed found = session.find(Reads.type(table), id);
    if (found != null) {
      session.remove(found);
    } else {
      persist(table, id);
    }
    session.flush();
    return found == null ? "persist" : "remove";
  }

  private void persist(Table table, int id) {
    session.persist(Fresh.entity(table, id, dice, stamps, session));
  }

  private String labelled() {
    Category category = session.find(Category.class, dice.key(Table.CATEGORY));
    if (category != null) {
      String label = "l" + dice.below(5);
      if (!category.labels.remove(label)) {
        category.labels.add(label);
      }
    }
    session.flush();
    return "element collection";
  }

  private String hql() {
    int id = dice.key(Table.PRODUCT);
    int qty = dice.below(10);
    long stamp = stamps.getAsLong();
    int count =
        session
            .createMutationQuery(
                "update versioned Product set qty = :qty, stamp = :stamp where id = :id")
            .setParameter("qty", qty)
            .setParameter("stamp", stamp)
            .setParameter("id", id)
            .executeUpdate();
    check("HQL", count, id, qty, stamp);
    return "HQL";
  }

  private String hqlOfSome() {
    int from = dice.key(Table.READING);
    switch (dice.below(4)) {
      case 0 ->
          session
              .createMutationQuery(
                  "update Reading set amount = :amount, stamp = :stamp"
                      + " where id between :from and :from + 3")
              .setParameter("amount", dice.below(10))
              .setParameter("stamp", stamps.getAsLong())
              .setParameter("from", from)
              .executeUpdate();
      case 1 ->
          session
              .createMutationQuery(
                  "update Person set age = age + 1, stamp = :stamp where id = :id or id = :id + 2")
              .setParameter("stamp", stamps.getAsLong())
              .setParameter("id", dice.key(Table.PARTY))
              .executeUpdate();
      case 2 ->
          session
              .createMutationQuery("delete from Line where qty = :qty and id < :id")
              .setParameter("qty", dice.below(4))
              .setParameter("id", dice.below(10))
              .executeUpdate();
      default ->
          session
              .createMutationQuery("delete from Basket where id = :id")
              .setParameter("id", dice.key(Table.BASKET))
              .executeUpdate();
    }
    return "HQL of some";
  }

  private String nativeSql() {
    int id = dice.key(Table.PRODUCT);
    int qty = dice.below(10);
    long stamp = stamps.getAsLong();
    int count =
        session.createNativeMutationQuery(SQL_PRODUCT.formatted(qty, stamp, id)).executeUpdate();
    check("native SQL", count, id, qty, stamp);
    return "native SQL";
  }

  private String nativeSqlOfSome() {
    session.createNativeMutationQuery(OutsideSql.any(dice, stamps, true)).executeUpdate();
    return "native SQL of some";
  }

  private String jdbc() {
    int id = dice.key(Table.PRODUCT);
    int qty = dice.below(10);
    long stamp = stamps.getAsLong();
    int count =
        session.doReturningWork(
            connection -> {
              try (PreparedStatement update =
                  connection.prepareStatement(
                      "update product set qty = ?, stamp = ? where id = ?")) {
                update.setInt(1, qty);
                update.setLong(2, stamp);
                update.setInt(3, id);
                return update.executeUpdate();
              }
            });
    check("doWork", count, id, qty, stamp);
    return "doWork";
  }

  private String procedure() {
    int id = dice.key(Table.PRODUCT);
    int qty = dice.below(10);
    long stamp = stamps.getAsLong();
    session
        .createNativeMutationQuery("call restock(%d, %d, %d)".formatted(id, qty, stamp))
        .executeUpdate();
    check("procedure", rows(id, stamp), id, qty, stamp);
    return "procedure";
  }

  /**
   * How many rows a call has written, which it does not say. That there is a row says nothing:
   * somebody may have inserted it since.
   */
  private int rows(int id, long stamp) {
    return session
        .createNativeQuery(
            "select count(*) from product where id = %d and stamp = %d".formatted(id, stamp),
            Integer.class)
        .getSingleResult();
  }

  /** A natural id moves. */
  private String rekeyed() {
    Product product = session.find(Product.class, dice.key(Table.PRODUCT));
    if (product != null) {
      product.sku = "s" + dice.key(Table.PRODUCT);
      product.stamp = stamps.getAsLong();
    }
    session.flush();
    return "natural id";
  }

  /** The transaction sees what it has just written, and nobody can have written since. */
  private void check(String by, int count, int id, int qty, long stamp) {
    if (count != 1) {
      return;
    }
    session.clear();
    Product found = session.find(Product.class, id);
    if (session.getTransaction().getRollbackOnly()) {
      return; // the connection has failed; see Reads
    }
    if (found == null || found.qty != qty || found.stamp != stamp) {
      diary.unseen(
          "%s wrote %d|%d to product %d, and then found %s"
              .formatted(by, qty, stamp, id, found == null ? null : found.rows()));
    }
  }

  /** Kinds of new rows. */
  private static final class Fresh {

    static Object entity(Table table, int id, Dice dice, LongSupplier stamps, Session session) {
      switch (table) {
        case PRODUCT -> {
          Product product = new Product();
          product.id = id;
          product.sku = "s" + id;
          product.category = session.find(Category.class, dice.key(Table.CATEGORY));
          product.stamp = stamps.getAsLong();
          return product;
        }
        case PARTY -> {
          Party party = id % 2 == 0 ? new Firm() : new Person();
          party.id = id;
          party.name = "n" + dice.below(10);
          party.stamp = stamps.getAsLong();
          return party;
        }
        case READING -> {
          Reading reading = new Reading();
          reading.id = id;
          reading.sensor = dice.below(5);
          reading.stamp = stamps.getAsLong();
          return reading;
        }
        case LINE -> {
          Line line = new Line();
          line.id = id;
          line.basket = session.getReference(Basket.class, dice.key(Table.BASKET));
          return line;
        }
        case BASKET -> {
          Basket basket = new Basket();
          basket.id = id;
          basket.stamp = stamps.getAsLong();
          return basket;
        }
        default -> {
          Rate rate = new Rate();
          rate.id = id;
          rate.amount = dice.below(4);
          rate.stamp = stamps.getAsLong();
          return rate;
        }
      }
    }
  }
}
