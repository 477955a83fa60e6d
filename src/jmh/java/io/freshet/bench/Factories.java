package io.freshet.bench;

import io.freshet.Freshet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** Builds the session factories that are measured. Stateless. */
final class Factories {

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int CONNECTIONS = 12;

  private Factories() {}

  /**
   * Builds one, whose feed has caught up.
   *
   * @param command names the variant, the database and Redis
   * @param regions that have to be there before, where the variant does not create its own
   */
  static SessionFactory open(
      Words command, List<Class<?>> entities, Set<String> regions, long maxEntries)
      throws Exception {
    Variant variant = Variant.valueOf(command.text(Worker.VARIANT));
    Configuration configuration = new Configuration();
    Map<Object, Object> settings = configuration.getProperties();
    settings.putAll(variant.settings(regions, maxEntries, command.text(Worker.REDIS)));
    settings.put("hibernate.connection.url", command.text(Worker.URL));
    settings.put("hibernate.connection.pool_size", CONNECTIONS);
    entities.forEach(configuration::addAnnotatedClass);
    SessionFactory factory = configuration.buildSessionFactory();
    barrier(variant, factory);
    return factory;
  }

  /** Returns when the feed, where there is one, has told everything that has been committed. */
  static void barrier(Variant variant, SessionFactory factory) throws Exception {
    if (variant.hasFeed()) {
      Freshet.of(factory).barrier(PATIENCE);
    }
  }

  /** Runs statements past every cache. */
  static void execute(Words command, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(command.text(Worker.URL));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }
}
