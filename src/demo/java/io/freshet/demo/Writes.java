package io.freshet.demo;

import io.freshet.demo.WebShop.Category;
import io.freshet.demo.WebShop.Customer;
import io.freshet.demo.WebShop.Line;
import io.freshet.demo.WebShop.Product;
import io.freshet.demo.WebShop.Purchase;
import java.sql.PreparedStatement;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;

/**
 * What the shop's own applications write, each in a transaction of its own. Thread-safe but for its
 * dice, which are the calling thread's.
 */
final class Writes {

  private final SessionFactory factory;
  private final ShopSize size;
  private final Ledger ledger;

  Writes(SessionFactory factory, ShopSize size, Ledger ledger) {
    this.factory = factory;
    this.size = size;
    this.ledger = ledger;
  }

  /** One write this way, of a row that the dice choose. */
  void write(WritePath path, Dice dice) {
    int product = dice.popular(size.products());
    int customer = dice.popular(size.customers());
    switch (path) {
      case ENTITY -> ledger.products.commit(product, path, revision -> entity(product, revision));
      case HQL -> hql(dice.popular(size.categories()));
      case NATIVE -> ledger.products.commit(product, path, revision -> sql(product, revision));
      case JDBC ->
          ledger.customers.commit(customer, path, revision -> jdbcCustomer(customer, revision));
      case STATELESS ->
          ledger.products.commit(product, path, revision -> stateless(product, revision));
      case ELEMENTS_NATIVE ->
          ledger.labels.commit(product, path, revision -> labelsBySql(product, revision));
      case ELEMENTS_JDBC ->
          ledger.labels.commit(product, path, revision -> labelsByJdbc(product, revision));
      case MOVE -> move(product, dice.popular(size.categories()));
      case CASCADE -> deleteOrRestore(dice.popular(size.purchases()));
      case NATURAL_ID ->
          ledger.emails.commit(customer, path, revision -> email(customer, revision));
      case ROLLBACK -> ledger.products.rollback(product, revision -> rollBack(product, revision));
      case UNRELATED -> unrelated(1 + dice.below(size.visits()));
    }
    ledger.wrote(path);
  }

  private void entity(int id, long revision) {
    factory.inTransaction(
        session -> {
          Product product = session.find(Product.class, (long) id);
          product.price++;
          product.revision = revision;
        });
  }

  private void hql(int id) {
    ledger.categories.commit(
        id,
        WritePath.HQL,
        revision -> {
          factory.inTransaction(
              session ->
                  session
                      .createMutationQuery(
                          "update Category set revision = :revision where id = :id")
                      .setParameter("revision", revision)
                      .setParameter("id", (long) id)
                      .executeUpdate());
          ledger.departmentReached(ShopSize.departmentOf(id, size.departments()), revision);
        });
  }

  private void sql(int id, long revision) {
    factory.inTransaction(
        session ->
            session
                .createNativeMutationQuery(
                    "update freshet_demo.product set revision = :revision where id = :id")
                .setParameter("revision", revision)
                .setParameter("id", (long) id)
                .executeUpdate());
  }

  private void jdbcCustomer(int id, long revision) {
    jdbc("update freshet_demo.customer set revision = ? where id = ?", revision, id);
  }

  private void stateless(int id, long revision) {
    try (StatelessSession session = factory.openStatelessSession()) {
      var transaction = session.beginTransaction();
      Product product = session.get(Product.class, (long) id);
      product.revision = revision;
      session.update(product);
      transaction.commit();
    }
  }

  private void labelsBySql(int id, long revision) {
    factory.inTransaction(
        session ->
            session
                .createNativeMutationQuery(
                    "update freshet_demo.product_label set label = :label"
                        + " where product_id = :id and label like 'revision-%'")
                .setParameter("label", Reads.label(revision))
                .setParameter("id", (long) id)
                .executeUpdate());
  }

  private void labelsByJdbc(int id, long revision) {
    jdbc(
        "update freshet_demo.product_label set label = ?"
            + " where product_id = ? and label like 'revision-%'",
        Reads.label(revision), id);
  }

  private void move(int id, int category) {
    int from = ledger.categoryOf(id);
    ledger.products.commit(
        id,
        WritePath.MOVE,
        revision ->
            ledger.moves.commit(
                id,
                WritePath.MOVE,
                move -> {
                  factory.inTransaction(session -> moveTo(session, id, category, revision));
                  ledger.moved(id, category);
                }));
    ledger.announceMove(id, from, category);
  }

  private static void moveTo(Session session, int id, int category, long revision) {
    Product product = session.find(Product.class, (long) id);
    product.category = session.getReference(Category.class, (long) category);
    product.revision = revision;
  }

  private void deleteOrRestore(int id) {
    ledger.purchases.commit(
        id,
        WritePath.CASCADE,
        revision ->
            factory.inTransaction(
                session -> {
                  if (Ledger.isThere(revision)) {
                    restore(session, id, revision);
                  } else {
                    // the lines go by the foreign key: Hibernate does not hear of it
                    session
                        .createMutationQuery("delete Purchase where id = :id")
                        .setParameter("id", (long) id)
                        .executeUpdate();
                  }
                }));
  }

  private void restore(Session session, int id, long revision) {
    Customer customer = session.getReference(Customer.class, id * 31L % size.customers() + 1);
    Purchase purchase = new Purchase(id, customer, revision);
    session.persist(purchase);
    for (int i = 1; i <= ShopSize.LINES_PER_PURCHASE; i++) {
      long line = (id - 1L) * ShopSize.LINES_PER_PURCHASE + i;
      session.persist(new Line(line, purchase, revision));
    }
  }

  private void email(int id, long revision) {
    jdbc("update freshet_demo.customer set email = ? where id = ?", Reads.email(id, revision), id);
  }

  /** Reads what it has written before it takes it back, as code does that fails half-way. */
  private void rollBack(int id, long revision) {
    try (Session session = factory.openSession()) {
      var transaction = session.beginTransaction();
      session.doWork(
          connection -> {
            try (PreparedStatement statement =
                connection.prepareStatement(
                    "update freshet_demo.product set revision = ? where id = ?")) {
              statement.setLong(1, revision);
              statement.setLong(2, id);
              statement.executeUpdate();
            }
          });
      session.find(Product.class, (long) id);
      transaction.rollback();
    }
  }

  /** The table has no entity: whatever is cached stays as good as it was. */
  void unrelated(int id) {
    factory.inTransaction(
        session ->
            session
                .createNativeMutationQuery(
                    "update freshet_demo.visit set pages = pages + 1 where id = :id")
                .setParameter("id", (long) id)
                .executeUpdate());
  }

  private void jdbc(String sql, Object value, long id) {
    factory.inTransaction(
        session ->
            session.doWork(
                connection -> {
                  try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    statement.setObject(1, value);
                    statement.setLong(2, id);
                    statement.executeUpdate();
                  }
                }));
  }
}
