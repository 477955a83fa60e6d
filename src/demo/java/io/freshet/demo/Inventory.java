package io.freshet.demo;

import io.freshet.demo.WebShop.Category;
import io.freshet.demo.WebShop.Customer;
import io.freshet.demo.WebShop.Line;
import io.freshet.demo.WebShop.Product;
import io.freshet.demo.WebShop.Purchase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.hibernate.Cache;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.jspecify.annotations.Nullable;

/** Counts what is cached, and compares it with the database while nobody writes. Stateless. */
final class Inventory {

  private static final int PER_SESSION = 500;

  private final SessionFactory factory;
  private final ShopSize size;

  private record Kind<T>(Class<T> type, String table, int rows, ToLongFunction<T> revision) {}

  Inventory(SessionFactory factory, ShopSize size) {
    this.factory = factory;
    this.size = size;
  }

  private List<Kind<?>> kinds() {
    return List.of(
        new Kind<>(Category.class, "category", size.categories(), c -> c.revision),
        new Kind<>(Product.class, "product", size.products(), p -> p.revision),
        new Kind<>(Customer.class, "customer", size.customers(), c -> c.revision),
        new Kind<>(Purchase.class, "purchase", size.purchases(), p -> p.revision),
        new Kind<>(Line.class, "line", size.lines(), l -> l.revision));
  }

  /** The entities and collections that the cache holds. */
  long entries() {
    Cache cache = factory.getCache();
    long entries = 0;
    for (Kind<?> kind : kinds()) {
      entries += cached(kind).size();
    }
    for (long id = 1; id <= size.products(); id++) {
      entries += cache.containsCollection(Product.class.getName() + ".labels", id) ? 1 : 0;
    }
    for (long id = 1; id <= size.categories(); id++) {
      entries += cache.containsCollection(Category.class.getName() + ".products", id) ? 1 : 0;
    }
    return entries;
  }

  private List<Long> cached(Kind<?> kind) {
    List<Long> ids = new ArrayList<>();
    for (long id = 1; id <= kind.rows(); id++) {
      if (factory.getCache().containsEntity(kind.type(), id)) {
        ids.add(id);
      }
    }
    return ids;
  }

  /** How many cached entities, and cached collections of labels, are not as their rows are. */
  long wrongEntries(DemoSchema.Target target) throws SQLException {
    long wrong = 0;
    try (Connection connection = target.connect();
        Statement statement = connection.createStatement()) {
      for (Kind<?> kind : kinds()) {
        wrong += wrong(kind, statement);
      }
      wrong += wrongLabels(statement);
    }
    return wrong;
  }

  private <T> long wrong(Kind<T> kind, Statement statement) throws SQLException {
    Map<Long, String> rows =
        values(statement, "select id, revision from freshet_demo." + kind.table());
    long[] wrong = new long[1];
    inSessions(
        cached(kind),
        (session, id) -> {
          @Nullable T entity = session.find(kind.type(), id);
          @Nullable String read =
              entity == null ? null : String.valueOf(kind.revision().applyAsLong(entity));
          wrong[0] += java.util.Objects.equals(read, rows.get(id)) ? 0 : 1;
        });
    return wrong[0];
  }

  private long wrongLabels(Statement statement) throws SQLException {
    Map<Long, String> rows =
        values(
            statement,
            "select product_id, label from freshet_demo.product_label"
                + " where label like 'revision-%'");
    List<Long> ids = new ArrayList<>();
    for (long id = 1; id <= size.products(); id++) {
      if (factory.getCache().containsCollection(Product.class.getName() + ".labels", id)) {
        ids.add(id);
      }
    }
    long[] wrong = new long[1];
    inSessions(
        ids,
        (session, id) -> {
          boolean right = session.find(Product.class, id).labels.contains(rows.get(id));
          wrong[0] += right ? 0 : 1;
        });
    return wrong[0];
  }

  private static Map<Long, String> values(Statement statement, String sql) throws SQLException {
    Map<Long, String> values = new HashMap<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.put(rows.getLong(1), rows.getString(2));
      }
    }
    return values;
  }

  private interface Check {
    void look(Session session, long id);
  }

  private void inSessions(List<Long> ids, Check check) {
    for (int from = 0; from < ids.size(); from += PER_SESSION) {
      List<Long> some = ids.subList(from, Math.min(ids.size(), from + PER_SESSION));
      try (Session session = factory.openSession()) {
        some.forEach(id -> check.look(session, id));
      }
    }
  }
}
