package io.freshet.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The demo's schema in a PostgreSQL: created, filled and dropped here, and marked, so that a schema
 * of the same name that is somebody else's is never touched. Thread-safe.
 *
 * <p>A lock in the database keeps a second demo out for as long as this one is open.
 */
final class DemoSchema implements AutoCloseable {

  static final String NAME = "freshet_demo";
  static final String MARKER = "Created by the demo of Freshet, which drops it again";
  private static final long LOCK_ID = 0x46726573_68657444L;

  private static final String ANALYZE =
      """
      do $$ declare t text; begin
        for t in select c.oid::regclass from pg_class c
            where c.relnamespace = 'freshet_demo'::regnamespace and c.relkind = 'r' loop
          execute 'analyze ' || t;
        end loop;
      end $$""";

  private final Target target;
  private final Connection keeper;
  private final FeedTraces traces;
  private boolean closed;

  /** A PostgreSQL to connect to. */
  record Target(String url, String user, String password) {

    Connection connect() throws SQLException {
      Properties properties = new Properties();
      if (!user.isEmpty()) {
        properties.put("user", user);
      }
      if (!password.isEmpty()) {
        properties.put("password", password);
      }
      return DriverManager.getConnection(url, properties);
    }

    /** How Hibernate connects. */
    Map<String, Object> hibernateSettings() {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("hibernate.connection.url", url);
      if (!user.isEmpty()) {
        settings.put("hibernate.connection.username", user);
      }
      if (!password.isEmpty()) {
        settings.put("hibernate.connection.password", password);
      }
      return settings;
    }

    /** The URL of connections that go by this name. */
    String urlAs(String application) {
      String unnamed = url.replaceAll("(?<=[?&])ApplicationName=[^&]*&?", "");
      return unnamed + (unnamed.contains("?") ? "&" : "?") + "ApplicationName=" + application;
    }
  }

  private DemoSchema(Target target, Connection keeper) throws SQLException {
    this.target = target;
    this.keeper = keeper;
    this.traces = FeedTraces.before(keeper);
  }

  /**
   * Connects, and makes sure that the schema's name is free or the demo's own.
   *
   * @throws RefusedException if it is not, or another demo is running there
   */
  static DemoSchema open(Target target) {
    Connection connection;
    try {
      connection = target.connect();
    } catch (SQLException e) {
      throw new RefusedException(
          "Cannot connect to %s: %s".formatted(target.url(), e.getMessage()), e);
    }
    try {
      refuseForeignDatabase(connection);
      return new DemoSchema(target, connection);
    } catch (SQLException | RuntimeException e) {
      try {
        connection.close();
      } catch (SQLException closing) {
        e.addSuppressed(closing);
      }
      throw e instanceof RefusedException refused
          ? refused
          : new RefusedException("%s: %s".formatted(target.url(), e.getMessage()), e);
    }
  }

  private static void refuseForeignDatabase(Connection connection) throws SQLException {
    if (!connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")) {
      throw new RefusedException("The demo needs a PostgreSQL; give its JDBC URL with --url");
    }
    if (!queryText(connection, "select pg_try_advisory_lock(" + LOCK_ID + ")").equals("t")) {
      throw new RefusedException("Another demo is running in this database; wait for its end");
    }
    String owner =
        queryText(
            connection,
            "select coalesce(obj_description(oid, 'pg_namespace'), 'no comment')"
                + " from pg_namespace where nspname = '"
                + NAME
                + "'");
    if (!owner.isEmpty() && !owner.equals(MARKER)) {
      throw new RefusedException(
          ("The schema %s exists and was not created by the demo (it says: %s);"
                  + " rename it, or give another database with --url")
              .formatted(NAME, owner));
    }
  }

  Target target() {
    return target;
  }

  String serverVersion() throws SQLException {
    // what distributions put behind it in parentheses does not matter here
    return queryText(keeper, "select split_part(current_setting('server_version'), ' ', 1)");
  }

  /** Creates the schema anew and fills it: the same rows for the same size, all or none. */
  void fill(ShopSize size) throws SQLException {
    fill(statements(size));
  }

  /** The same, with the tables of the nodes. */
  void fill(Depot.Size size) throws SQLException {
    fill(size.statements());
  }

  private synchronized void fill(List<String> filling) throws SQLException {
    if (closed) {
      throw new SQLException("the demo is ending");
    }
    keeper.setAutoCommit(false);
    try (Statement statement = keeper.createStatement()) {
      traces.untrack(keeper);
      statement.execute("drop schema if exists " + NAME + " cascade");
      statement.execute("create schema " + NAME);
      statement.execute("comment on schema " + NAME + " is '" + MARKER + "'");
      statement.execute("set local search_path to " + NAME);
      for (String sql : filling) {
        statement.execute(sql);
      }
      statement.execute(ANALYZE);
      keeper.commit();
    } catch (SQLException e) {
      keeper.rollback();
      throw e;
    } finally {
      keeper.setAutoCommit(true);
    }
  }

  private static List<String> statements(ShopSize size) {
    return List.of(
        "create table category (id bigint primary key, name text not null,"
            + " department int not null, revision bigint not null)",
        "create table product (id bigint primary key, name text not null, price int not null,"
            + " revision bigint not null, category_id bigint not null references category)",
        "create table product_label (product_id bigint not null references product,"
            + " label text not null, primary key (product_id, label))",
        "create table customer (id bigint primary key, email text not null unique,"
            + " name text not null, revision bigint not null)",
        "create table purchase (id bigint primary key,"
            + " customer_id bigint not null references customer, revision bigint not null)",
        "create table line (id bigint primary key, purchase_id bigint not null"
            + " references purchase on delete cascade, quantity int not null,"
            + " revision bigint not null)",
        "create table visit (id bigint primary key, pages int not null)",
        "insert into category select n, 'category ' || n, n %% %d + 1, 0 from generate_series(1, %d) n"
            .formatted(size.departments(), size.categories()),
        ("insert into product select n, 'product ' || n, 100 + n * 7919 %% 9900, 0, n %% %d + 1"
                + " from generate_series(1, %d) n")
            .formatted(size.categories(), size.products()),
        ("insert into product_label select n, label from generate_series(1, %d) n,"
                + " lateral (values ('new'), ('revision-0')) as labels(label)")
            .formatted(size.products()),
        ("insert into customer select n, n || '-0@example.org', 'customer ' || n, 0"
                + " from generate_series(1, %d) n")
            .formatted(size.customers()),
        "insert into purchase select n, n * 31 %% %d + 1, 0 from generate_series(1, %d) n"
            .formatted(size.customers(), size.purchases()),
        ("insert into line select n, (n - 1) / %d + 1, 1 + n %% 5, 0"
                + " from generate_series(1, %d) n")
            .formatted(ShopSize.LINES_PER_PURCHASE, size.lines()),
        "insert into visit select n, 0 from generate_series(1, %d) n".formatted(size.visits()),
        "create index on product (category_id)",
        "create index on line (purchase_id)");
  }

  /** Drops the schema, if it is the demo's, and disconnects; a second call does nothing. */
  @Override
  public synchronized void close() throws SQLException {
    if (closed) {
      return;
    }
    closed = true;
    try (Connection connection = keeper;
        Statement statement = connection.createStatement()) {
      // a session that is still at work must not keep the demo from ending
      statement.execute("set lock_timeout to '10s'");
      if (MARKER.equals(
          queryText(
              connection,
              "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = '"
                  + NAME
                  + "'"))) {
        traces.untrack(connection);
        statement.execute("drop schema " + NAME + " cascade");
      }
      traces.remove(connection);
    }
  }

  private static String queryText(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      @Nullable String text = rows.next() ? rows.getString(1) : null;
      return text == null ? "" : text;
    }
  }
}
