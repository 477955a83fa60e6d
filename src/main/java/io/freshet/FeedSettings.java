package io.freshet;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where changes from outside come from, and how stale a hit may be. Immutable.
 *
 * @param kind {@value #FEED}
 * @param url {@value #URL}: the JDBC URL that the feed connects to; empty for the persistence
 *     unit's
 * @param user {@value #USER}; empty for the persistence unit's
 * @param password {@value #PASSWORD}; empty for the persistence unit's
 * @param tracking {@value #TRACKING}
 * @param maxStaleness {@value #MAX_STALENESS}: how long hits are served after the last proof that
 *     the feed had caught up
 */
public record FeedSettings(
    Kind kind,
    Optional<String> url,
    Optional<String> user,
    Optional<String> password,
    Tracking tracking,
    Duration maxStaleness) {

  /** Where changes from outside come from. */
  public static final String FEED = "freshet.feed";

  /** Where the feed connects: straight to PostgreSQL, never through a transaction pooler. */
  public static final String URL = "freshet.feed.url";

  /** The feed's user. */
  public static final String USER = "freshet.feed.user";

  /** The feed's password. */
  public static final String PASSWORD = "freshet.feed.password";

  /** Whether triggers, or the publication, are installed or only checked. */
  public static final String TRACKING = "freshet.tracking";

  /** The bound of staleness. */
  public static final String MAX_STALENESS = "freshet.max_staleness";

  /** The default of {@value #MAX_STALENESS}. */
  public static final Duration DEFAULT_MAX_STALENESS = Duration.ofSeconds(2);

  /** The least {@value #MAX_STALENESS}: four barriers have to fit into it. */
  public static final Duration LEAST_MAX_STALENESS = Duration.ofMillis(100);

  private static final Pattern SECRETS =
      Pattern.compile("(?i)(?<=pass(?:word|wd)?=)[^&;]+|(?<=//).*(?=@)");

  /** The values of {@value #FEED}. */
  public enum Kind {
    /** NOTIFY where the database is PostgreSQL and Freshet's triggers are installed, else NONE. */
    AUTO,
    /** Only what is written through the session factory is seen. */
    NONE,
    /** Triggers and LISTEN. */
    NOTIFY,
    /** Logical replication. */
    WAL,
    /** What a relay, or nodes that publish, send over Redis. */
    REDIS,
    /** The same over RabbitMQ. */
    RABBITMQ;

    /** The broker that it comes over; empty if it comes straight from the database. */
    public Optional<BusSettings.Broker> broker() {
      return switch (this) {
        case REDIS -> Optional.of(BusSettings.Broker.REDIS);
        case RABBITMQ -> Optional.of(BusSettings.Broker.RABBITMQ);
        case AUTO, NONE, NOTIFY, WAL -> Optional.empty();
      };
    }

    /** As it is written in settings. */
    public String setting() {
      return SettingsReader.format(this);
    }
  }

  /** The values of {@value #TRACKING}. */
  public enum Tracking {
    /** Creates or updates what the feed needs, at boot. */
    INSTALL,
    /** Checks it at boot and names each gap. */
    VALIDATE,
    /** Trusts that everything is there. */
    NONE;

    /** As it is written in settings. */
    public String setting() {
      return SettingsReader.format(this);
    }
  }

  /** The URL as it may be told: it can hold passwords as well. */
  static String withoutSecrets(String url) {
    return SECRETS.matcher(url).replaceAll("***");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "FeedSettings[%s, url=%s, user=%s, tracking=%s, max_staleness=%s]"
        .formatted(
            kind.setting(),
            url.map(FeedSettings::withoutSecrets).orElse("the persistence unit's"),
            user.orElse("the persistence unit's"),
            tracking.setting(),
            SettingsReader.format(maxStaleness));
  }
}
