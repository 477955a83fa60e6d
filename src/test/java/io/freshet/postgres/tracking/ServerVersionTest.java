package io.freshet.postgres.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Servers that cannot tell of changes are recognised. */
class ServerVersionTest {

  @Test
  void check_ofTheTestsServer_findsNothing() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      assertThat(Server.check(connection)).isEmpty();
    }
  }

  @Test
  void check_ofAnOlderRelease_namesItAndTheOldestThatWorks() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      assertThat(
              Server.check(
                  saying(
                      connection,
                      Map.of("getDatabaseMajorVersion", 14, "getDatabaseProductVersion", "14.17"))))
          .singleElement()
          .asString()
          .contains("PostgreSQL 14.17", "version 15 or later", "freshet.feed=none");
    }
  }

  @Test
  void check_ofAnotherProduct_namesIt() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      assertThat(Server.check(saying(connection, Map.of("getDatabaseProductName", "EnterpriseDB"))))
          .singleElement()
          .asString()
          .contains("EnterpriseDB", "only PostgreSQL", "freshet.feed=none");
    }
  }

  /** The connection, with other answers to some questions about the server. */
  private static Connection saying(Connection connection, Map<String, Object> answers)
      throws SQLException {
    DatabaseMetaData real = connection.getMetaData();
    DatabaseMetaData other = proxy(DatabaseMetaData.class, real, answers);
    return proxy(Connection.class, connection, Map.of("getMetaData", other));
  }

  private static <T> T proxy(Class<T> type, T target, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (answers.containsKey(method.getName())) {
                return answers.get(method.getName());
              }
              try {
                return method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
