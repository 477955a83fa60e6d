package io.freshet.hibernate;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A connection that keeps a {@link Journal} of what is written through it past Hibernate: by {@code
 * doWork}, by a procedure call, by whatever a framework does with the session's connection. Commit
 * and rollback on it end the journal's transaction. Used by one thread at a time, as a connection
 * is.
 *
 * <p>Hibernate's own statements get the driver's object; it tells of them by events and executors,
 * and here only their tables' query spaces are noted. Only foreign statements are wrapped.
 *
 * <p>Whoever unwraps the driver's connection (for COPY, say), writes through a result set, or
 * begins and ends transactions by SQL text goes out of sight: until the connection is closed, every
 * commit on it may have written anything. Where there are no commits to see, in autocommit mode,
 * readers are kept out until then.
 */
final class ObservedConnection implements InvocationHandler {

  /** What an observed connection can be told by. */
  private interface Observed {
    ObservedConnection observer();
  }

  private final Connection connection;
  private final Node node;
  private final Journal journal;
  private boolean autoCommit;
  private boolean inTransaction;
  private boolean endsElsewhere;
  private boolean outOfSight;

  /** Whether the transaction may have ended unseen. */
  private boolean endedByText;

  /** The beginning or end of a transaction, as a statement of its own or among others. */
  private static final Pattern TRANSACTION =
      Pattern.compile(
          "(?:^|;)\\s*(?:begin|start\\s+transaction|commit|end|rollback|abort|prepare\\s+transaction)\\b",
          Pattern.CASE_INSENSITIVE);

  private ObservedConnection(Connection connection, Node node) throws SQLException {
    this.connection = connection;
    this.node = node;
    this.journal = new Journal(node);
    this.autoCommit = connection.getAutoCommit();
  }

  /** Wraps a connection, unless it is one already or cannot be asked for its state. */
  static Connection of(Connection connection, Node node) {
    if (find(connection) != null) {
      return connection;
    }
    try {
      return (Connection)
          Proxy.newProxyInstance(
              ObservedConnection.class.getClassLoader(),
              new Class<?>[] {Connection.class, Observed.class},
              new ObservedConnection(connection, node));
    } catch (SQLException e) {
      return connection; // broken: its user will find out
    }
  }

  /** The observer of a connection, or null if it is not observed. */
  static @Nullable ObservedConnection find(Connection connection) {
    return connection instanceof Observed observed ? observed.observer() : null;
  }

  /** Gives a connection back to where it came from. */
  static void giveBack(Connection connection, Return destination) throws SQLException {
    ObservedConnection observed = find(connection);
    if (observed == null) {
      destination.accept(connection);
      return;
    }
    observed.beforeClose();
    try {
      destination.accept(observed.connection);
    } finally {
      observed.afterClose();
    }
  }

  /** Takes the driver's connection back. */
  interface Return {
    void accept(Connection connection) throws SQLException;
  }

  Journal journal() {
    return journal;
  }

  Node node() {
    return node;
  }

  Connection raw() {
    return connection;
  }

  boolean isAutoCommit() {
    return autoCommit;
  }

  /** Whether the database had begun a transaction before Hibernate began this one. */
  boolean wasInTransactionBefore() {
    return inTransaction;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] given = arguments == null ? new Object[0] : arguments;
    return switch (method.getName()) {
      case "observer" -> this;
      case "equals" -> proxy == given[0];
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "observed " + connection;
      case "commit" -> commit();
      case "rollback" -> rollback(given.length == 0 ? null : (Savepoint) given[0]);
      case "setAutoCommit" -> setAutoCommit((Boolean) given[0]);
      case "close", "abort" -> {
        beforeClose();
        try {
          yield call(method, given);
        } finally {
          afterClose();
        }
      }
      case "unwrap" -> unwrap(proxy, (Class<?>) given[0]);
      case "prepareStatement" ->
          prepare((Connection) proxy, method, given, OwnSql.claim((String) given[0]));
      case "prepareCall" -> {
        OwnSql.claim((String) given[0]);
        yield prepare((Connection) proxy, method, given, false);
      }
      case "createStatement" -> prepare((Connection) proxy, method, given, false);
      default -> call(method, given);
    };
  }

  private @Nullable Object prepare(
      Connection proxy, Method method, Object[] arguments, boolean hibernates) throws Throwable {
    inTransaction = !autoCommit;
    if (hibernates && arguments[0] instanceof String sql && !sql.startsWith("select")) {
      journal.addFlushed(
          node.orEverything(sql, () -> new Write(node.statements().spacesOf(sql), List.of())));
    }
    Object statement = call(method, arguments);
    return hibernates || statement == null
        ? statement
        : ObservedStatement.of(
            (Statement) statement,
            this,
            proxy,
            arguments.length > 0 && arguments[0] instanceof String sql ? sql : null,
            isUpdatable(method, arguments));
  }

  /** Whether the statement's result sets may be used to write. */
  private static boolean isUpdatable(Method method, Object[] arguments) {
    int concurrency = method.getName().equals("createStatement") ? 1 : 2;
    return arguments.length > concurrency
        && arguments[concurrency] instanceof Integer value
        && value == ResultSet.CONCUR_UPDATABLE;
  }

  private @Nullable Void commit() throws SQLException {
    journal.beforeCompletion();
    boolean committed = false;
    try {
      connection.commit();
      committed = true;
    } finally {
      inTransaction = false;
      endedByCommit(committed);
    }
    return null;
  }

  private @Nullable Void rollback(@Nullable Savepoint savepoint) throws SQLException {
    if (savepoint != null) {
      connection.rollback(savepoint);
      journal.keepNothing();
      return null;
    }
    connection.rollback();
    inTransaction = false;
    if (endedByText) {
      endedByCommit(false);
    } else {
      journal.afterRollback();
      staysOutOfSight();
    }
    return null;
  }

  private @Nullable Void setAutoCommit(boolean value) throws SQLException {
    boolean commits = value && !autoCommit;
    if (commits) {
      journal.beforeCompletion();
    }
    boolean committed = false;
    try {
      connection.setAutoCommit(value);
      autoCommit = value;
      committed = true;
    } finally {
      if (commits) {
        inTransaction = false;
        endedByCommit(committed);
      }
    }
    return null;
  }

  private void endedByCommit(boolean certain) {
    // a commit that failed may have reached the database all the same
    if (certain) {
      journal.afterCommit();
    } else {
      journal.afterFailedCommit();
    }
    staysOutOfSight();
  }

  private void staysOutOfSight() {
    if (outOfSight) {
      journal.addStatement(node.everything("a connection that is out of sight"));
    }
  }

  /** A pool may commit or roll back what is not ended: it counts as committed. */
  private void beforeClose() {
    if (!node.isJta()) {
      journal.beforeCompletion();
    }
  }

  private void afterClose() {
    if (!node.isJta()) {
      journal.afterFailedCommit();
    }
  }

  private Object unwrap(Object proxy, Class<?> type) throws SQLException {
    if (type.isInstance(proxy)) {
      return proxy;
    }
    goOutOfSight("the driver's connection was unwrapped as " + type.getName());
    return connection.unwrap(type);
  }

  /** What happens on this connection from here on, nobody tells. */
  void goOutOfSight(String reason) {
    if (!outOfSight) {
      outOfSight = true;
      journal.addStatement(node.unknown(reason));
    }
    if (autoCommit) {
      journal.beforeCompletion();
    }
  }

  /** A foreign statement is about to run. */
  void begin(String sql, Write written) {
    if (TRANSACTION.matcher(sql).find()) {
      endedByText = true;
      goOutOfSight("a transaction is begun or ended by a statement");
      journal.beforeCompletion();
    }
    if (written.isEmpty()) {
      return;
    }
    endsElsewhere = node.isJta() && endWithJta();
    journal.addStatement(sql, written);
    if (autoCommit && !endsElsewhere) {
      journal.beforeCompletion();
    }
  }

  private boolean endWithJta() {
    node.jtaTransactions().join(journal);
    return node.jtaTransactions().endWith(journal);
  }

  /** The foreign statement ran. */
  void ran() {
    if (autoCommit && !outOfSight && !endsElsewhere) {
      journal.afterCommit();
    }
  }

  private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
    return delegate(connection, method, arguments);
  }

  /** Calls the method and throws what it throws. */
  static @Nullable Object delegate(Object target, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
