package io.freshet.load;

import io.freshet.Freshet;
import io.freshet.cache.FreshetRegionFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** A node of an application. Thread-safe. */
final class LoadNode implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final SessionFactory factory;

  private LoadNode(SessionFactory factory) {
    this.factory = factory;
  }

  /** On the variant's table, with its feed. */
  static LoadNode start(LoadServer server, Variant variant, String maxEntries) {
    return start(server, variant, maxEntries, Map.of());
  }

  static LoadNode start(
      LoadServer server, Variant variant, String maxEntries, Map<String, ?> settings) {
    Configuration configuration = configuration(server, variant);
    configuration.getProperties().put("freshet.region.max_entries", maxEntries);
    configuration.getProperties().putAll(settings);
    configuration.addAnnotatedClass(Account.class);
    return new LoadNode(configuration.buildSessionFactory());
  }

  static Configuration configuration(LoadServer server, Variant variant) {
    Configuration configuration = new Configuration();
    Map<Object, Object> settings = configuration.getProperties();
    settings.put("hibernate.connection.url", server.url());
    settings.put("hibernate.connection.pool_size", 4);
    settings.put("hibernate.default_schema", variant.schema());
    settings.put("hibernate.cache.region.factory_class", FreshetRegionFactory.class.getName());
    settings.put("freshet.feed", variant.isFeed() ? variant.label() : "none");
    settings.put("freshet.tracking", "install");
    return configuration;
  }

  SessionFactory factory() {
    return factory;
  }

  /** Caches every account. */
  void warm() {
    factory.inSession(
        session -> session.createSelectionQuery("from Account", Account.class).list());
  }

  boolean answers(long id) {
    return factory.getCache().containsEntity(Account.class, id);
  }

  void barrier() throws InterruptedException, TimeoutException {
    Freshet.of(factory).barrier(PATIENCE);
  }

  @Override
  public void close() {
    factory.close();
  }
}
