package io.freshet.hibernate;

import io.freshet.FeedSettings;
import io.freshet.FreshetConfigurationException;
import io.freshet.postgres.feed.FeedTarget;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.engine.config.spi.ConfigurationService;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Where a feed connects to. Stateless. */
final class FeedTargets {

  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(2);
  private static final int LEASES_OF_PATIENCE = 4;

  // what Hibernate still understands beside the names of Jakarta Persistence
  private static final String OLD_URL = "hibernate.connection.url";
  private static final String OLD_USER = "hibernate.connection.username";
  private static final String OLD_PASSWORD = "hibernate.connection.password";

  private FeedTargets() {}

  /**
   * The database of the persistence unit, or the one that the settings name.
   *
   * @throws FreshetConfigurationException if nothing tells where it is
   */
  static FeedTarget of(SessionFactoryImplementor factory, FeedSettings settings) {
    // the factory's own properties hide user and password behind asterisks
    Map<String, Object> unit =
        factory.getServiceRegistry().requireService(ConfigurationService.class).getSettings();

    Connected connected =
        settings
            .url()
            .map(url -> new Connected(url, Optional.empty()))
            .orElseGet(() -> unit(factory, unit));
    return new FeedTarget(
        connected.url(),
        settings
            .user()
            .or(() -> first(unit, JdbcSettings.JAKARTA_JDBC_USER, OLD_USER))
            .or(connected::user),
        settings.password().or(() -> first(unit, JdbcSettings.JAKARTA_JDBC_PASSWORD, OLD_PASSWORD)),
        patience(settings));
  }

  /** How long an answer may take before a connection counts as dead; whole seconds. */
  static Duration patience(FeedSettings settings) {
    Duration patience = settings.maxStaleness().multipliedBy(LEASES_OF_PATIENCE);
    return patience.compareTo(LEAST_PATIENCE) < 0
        ? LEAST_PATIENCE
        : Duration.ofSeconds(patience.plusMillis(999).toSeconds());
  }

  /** Where the persistence unit connects to, and as whom, if that is not in its settings. */
  private record Connected(String url, Optional<String> user) {}

  /** Where only a DataSource is configured, its connections know URL and user, but no password. */
  private static Connected unit(SessionFactoryImplementor factory, Map<String, Object> unit) {
    Optional<String> configured = first(unit, JdbcSettings.JAKARTA_JDBC_URL, OLD_URL);
    if (configured.isPresent()) {
      return new Connected(configured.get(), Optional.empty());
    }
    try (UnitConnection connection = UnitConnection.of(factory)) {
      DatabaseMetaData database = connection.raw().getMetaData();
      return new Connected(database.getURL(), Optional.ofNullable(database.getUserName()));
    } catch (SQLException e) {
      throw new FreshetConfigurationException(
          "%s is not set, and the persistence unit's connections do not tell their URL: set it"
              .formatted(FeedSettings.URL),
          e);
    }
  }

  private static Optional<String> first(Map<String, Object> unit, String... names) {
    for (String name : names) {
      Object value = unit.get(name);
      if (value != null) {
        return Optional.of(value.toString());
      }
    }
    return Optional.empty();
  }
}
