package io.freshet.hibernate;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement that an application runs past Hibernate, with the parameters it binds. What it writes
 * is noted just before it runs. Used by one thread at a time.
 */
final class ObservedStatement implements InvocationHandler {

  /** More batched calls than this are traced to their tables, not to their rows. */
  private static final int MOST_TRACED_CALLS = 1_000;

  private record Call(String sql, List<@Nullable Object> parameters) {}

  private final Statement statement;
  private final ObservedConnection connection;
  private final Connection connectionProxy;
  private final @Nullable String preparedSql;
  private final boolean updatable;
  private final List<@Nullable Object> parameters = new ArrayList<>();
  private final List<Call> batch = new ArrayList<>();

  private ObservedStatement(
      Statement statement,
      ObservedConnection connection,
      Connection connectionProxy,
      @Nullable String preparedSql,
      boolean updatable) {
    this.statement = statement;
    this.connection = connection;
    this.connectionProxy = connectionProxy;
    this.preparedSql = preparedSql;
    this.updatable = updatable;
  }

  static Object of(
      Statement statement,
      ObservedConnection connection,
      Connection connectionProxy,
      @Nullable String preparedSql,
      boolean updatable) {
    Class<?> type =
        statement instanceof CallableStatement
            ? CallableStatement.class
            : statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
    return Proxy.newProxyInstance(
        ObservedStatement.class.getClassLoader(),
        new Class<?>[] {type},
        new ObservedStatement(statement, connection, connectionProxy, preparedSql, updatable));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] given = arguments == null ? new Object[0] : arguments;
    return switch (method.getName()) {
      case "equals" -> proxy == given[0];
      case "hashCode" -> System.identityHashCode(proxy);
      case "getConnection" -> connectionProxy;
      case "unwrap" -> unwrap(proxy, (Class<?>) given[0]);
      case "execute", "executeQuery", "executeUpdate", "executeLargeUpdate" ->
          run(method, given, List.of(call(given)));
      case "executeBatch", "executeLargeBatch" -> {
        List<Call> calls = List.copyOf(batch);
        batch.clear();
        yield run(method, given, calls);
      }
      default -> {
        note(method, given);
        yield ObservedConnection.delegate(statement, method, given);
      }
    };
  }

  private void note(Method method, Object[] arguments) {
    switch (method.getName()) {
      case "addBatch" -> addBatch(call(arguments));
      case "clearBatch" -> batch.clear();
      case "clearParameters" -> parameters.clear();
      default -> noteParameter(method, arguments);
    }
  }

  private Call call(Object[] arguments) {
    String sql =
        arguments.length > 0 && arguments[0] instanceof String text
            ? text
            : preparedSql == null ? "" : preparedSql;
    // the list may hold nulls
    return new Call(sql, new ArrayList<>(parameters));
  }

  private void addBatch(Call call) {
    boolean traced = batch.size() < MOST_TRACED_CALLS;
    batch.add(traced ? call : new Call(call.sql, List.of()));
  }

  /** {@code setLong(3, value)} and its like; named parameters of calls need no tracing. */
  private void noteParameter(Method method, Object[] arguments) {
    if (method.getName().startsWith("set")
        && arguments.length >= 2
        && arguments[0] instanceof Integer index
        && index >= 1
        && index <= Short.MAX_VALUE) {
      while (parameters.size() < index) {
        parameters.add(null);
      }
      parameters.set(index - 1, method.getName().equals("setNull") ? null : arguments[1]);
    }
  }

  private @Nullable Object run(Method method, Object[] arguments, List<Call> calls)
      throws Throwable {
    // beforehand: what has to be read from the catalog cannot be read in an aborted transaction
    for (Call call : calls) {
      connection.begin(call.sql, write(call));
    }
    if (updatable && connection.isAutoCommit()) {
      connection.goOutOfSight("a ResultSet that can be written through");
    }
    try {
      return ObservedConnection.delegate(statement, method, arguments);
    } finally {
      // also when it failed: not every database takes back all that a failed statement did
      connection.ran();
    }
  }

  private Object unwrap(Object proxy, Class<?> type) throws SQLException {
    if (type.isInstance(proxy)) {
      return proxy;
    }
    connection.goOutOfSight("a statement was unwrapped as " + type.getName());
    return statement.unwrap(type);
  }

  private Write write(Call call) {
    if (updatable && !connection.isAutoCommit()) {
      return connection.node().unknown("a ResultSet that can be written through");
    }
    return connection.node().statements().writeOf(call.sql, call.parameters, connection::raw, null);
  }
}
