package io.freshet.testing;

import java.util.LinkedHashMap;
import java.util.Map;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Builds session factories for tests; a builder, not thread-safe. */
public final class SessionFactories {

  private final Map<String, Object> settings = new LinkedHashMap<>();

  private SessionFactories() {}

  /** On a PostgreSQL database; the schema is created. */
  public static SessionFactories on(TestDatabase database) {
    return on(database.url());
  }

  /** On any database; the schema is created. */
  public static SessionFactories on(String url) {
    return new SessionFactories()
        .with("hibernate.connection.url", url)
        .with("hibernate.connection.pool_size", 20)
        .with("hibernate.hbm2ddl.auto", "update")
        .with("hibernate.generate_statistics", true)
        .with("hibernate.cache.use_query_cache", true)
        .with("freshet.feed", "none");
  }

  /** One more setting. */
  public SessionFactories with(String name, Object value) {
    settings.put(name, value);
    return this;
  }

  /** Builds it; the caller closes it. */
  public SessionFactoryImplementor build(Class<?>... entities) {
    Configuration configuration = new Configuration();
    settings.forEach((name, value) -> configuration.getProperties().put(name, value));
    for (Class<?> entity : entities) {
      configuration.addAnnotatedClass(entity);
    }
    SessionFactory factory = configuration.buildSessionFactory();
    return factory.unwrap(SessionFactoryImplementor.class);
  }
}
