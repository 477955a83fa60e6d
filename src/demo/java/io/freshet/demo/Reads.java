package io.freshet.demo;

import io.freshet.demo.Revisions.Noted;
import io.freshet.demo.WebShop.Category;
import io.freshet.demo.WebShop.Customer;
import io.freshet.demo.WebShop.Line;
import io.freshet.demo.WebShop.Product;
import java.util.Set;
import java.util.function.Consumer;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * What a customer of the shop looks at, each read in a session of its own and checked against the
 * ledger. Thread-safe but for its dice, which are the calling thread's.
 */
final class Reads {

  private static final String REVISION_LABEL = "revision-";

  private final SessionFactory factory;
  private final ShopSize size;
  private final Ledger ledger;

  Reads(SessionFactory factory, ShopSize size, Ledger ledger) {
    this.factory = factory;
    this.size = size;
    this.ledger = ledger;
  }

  /** One read, of a kind and a row that the dice choose. */
  void next(Dice dice) {
    int kind = dice.below(100);
    if (kind < 35) {
      product(dice.popular(size.products()));
    } else if (kind < 50) {
      category(dice.popular(size.categories()));
    } else if (kind < 65) {
      customer(dice.popular(size.customers()));
    } else if (kind < 75) {
      line(dice.popular(size.lines()));
    } else if (kind < 85) {
      labels(dice.popular(size.products()));
    } else if (kind < 89) {
      productsOfCategory(dice.popular(size.categories()));
    } else if (kind < 95) {
      email(dice.popular(size.customers()), dice.below(4) == 0);
    } else {
      department(1 + dice.below(size.departments()));
    }
  }

  /** Reads the most popular rows of every kind, to fill the cache. */
  void fill(int rows) {
    for (int row = 1; row <= rows; row++) {
      product(Math.min(row, size.products()));
      customer(Math.min(row, size.customers()));
      line(Math.min(row, size.lines()));
      labels(Math.min(row, size.products()));
      category(Math.min(row, size.categories()));
    }
  }

  private void product(int id) {
    Noted noted = ledger.products.note(id);
    session(session -> check(noted, revision(session.find(Product.class, (long) id))));
  }

  private static long revision(@Nullable Product product) {
    return product == null ? -1 : product.revision;
  }

  private void category(int id) {
    Noted noted = ledger.categories.note(id);
    session(session -> check(noted, session.find(Category.class, (long) id).revision));
  }

  private void customer(int id) {
    Noted noted = ledger.customers.note(id);
    session(session -> check(noted, session.find(Customer.class, (long) id).revision));
  }

  private void check(Noted noted, long read) {
    if (read < noted.revision()) {
      ledger.stale(noted.path());
    } else if (read % 2 != 0) {
      ledger.stale(WritePath.ROLLBACK);
    }
  }

  /** A line is there if and only if its order is. */
  private void line(int id) {
    Noted noted = ledger.purchases.note(ShopSize.purchaseOfLine(id));
    session(
        session -> {
          Line line = session.find(Line.class, (long) id);
          boolean right =
              Ledger.isThere(noted.revision())
                  ? line != null && line.revision == noted.revision()
                  : line == null;
          if (!right && ledger.purchases.isStill(noted)) {
            ledger.stale(WritePath.CASCADE);
          }
        });
  }

  private void labels(int id) {
    Noted noted = ledger.labels.note(id);
    session(
        session -> {
          Product product = session.find(Product.class, (long) id);
          long youngest =
              product.labels.stream()
                  .filter(label -> label.startsWith(REVISION_LABEL))
                  .mapToLong(label -> Long.parseLong(label.substring(REVISION_LABEL.length())))
                  .max()
                  .orElse(-1);
          if (youngest < noted.revision()) {
            ledger.stale(noted.path());
          }
        });
  }

  private void productsOfCategory(int id) {
    int moved = ledger.lastMoved(id);
    Noted noted = ledger.moves.note(moved);
    boolean expected = moved != 0 && ledger.categoryOf(moved) == id;
    session(
        session -> {
          Set<Product> products = session.find(Category.class, (long) id).products;
          boolean found = products.stream().anyMatch(product -> product.id == moved);
          if (moved != 0 && found != expected && ledger.moves.isStill(noted)) {
            ledger.stale(WritePath.MOVE);
          }
        });
  }

  /** The address in use finds its customer; the one before finds nobody. */
  private void email(int id, boolean former) {
    Noted noted = ledger.emails.note(id);
    long revision = noted.revision() - (former ? 2 : 0);
    if (revision < 0) {
      customer(id);
      return;
    }
    session(
        session -> {
          Customer found = session.find(Customer.class, email(id, revision), KeyType.NATURAL);
          boolean right = former ? found == null : found != null && found.id == id;
          if (!right && ledger.emails.isStill(noted)) {
            ledger.stale(WritePath.NATURAL_ID);
          }
        });
  }

  static String email(int customer, long revision) {
    return customer + "-" + revision + "@example.org";
  }

  static String label(long revision) {
    return REVISION_LABEL + revision;
  }

  private void department(int department) {
    long noted = ledger.department(department);
    session(
        session -> {
          long youngest =
              session
                  .createSelectionQuery(
                      "select max(c.revision) from Category c where c.department = :department",
                      Long.class)
                  .setParameter("department", department)
                  .setCacheable(true)
                  .getSingleResult();
          if (youngest < noted) {
            ledger.stale(WritePath.HQL);
          }
        });
  }

  private void session(Consumer<Session> read) {
    try (Session session = factory.openSession()) {
      read.accept(session);
    }
  }
}
