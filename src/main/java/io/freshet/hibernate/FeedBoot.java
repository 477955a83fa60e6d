package io.freshet.hibernate;

import io.freshet.FanoutSettings;
import io.freshet.FeedSettings;
import io.freshet.FeedSettings.Kind;
import io.freshet.FeedSettings.Tracking;
import io.freshet.FreshetConfigurationException;
import io.freshet.Message;
import io.freshet.postgres.feed.FeedFailure;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.feed.PostgresFeed;
import io.freshet.postgres.feed.TrackingGapException;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.tracking.Triggers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the feed that the settings ask for, when the session factory is complete. For one thread.
 *
 * <p>What is wrong for good stops the boot and says what to do: a missing right, a table without
 * triggers, a password, a pooler in between. What may pass (a server that is down, or a transaction
 * that keeps a replication slot waiting) does not: the application starts, the database answers,
 * and the feed goes on trying.
 */
final class FeedBoot {

  private static final Logger LOG = LoggerFactory.getLogger(FeedBoot.class);

  /** How long the first barrier may take before the boot goes on, or gives up. */
  private static final Duration FIRST_BARRIER = Duration.ofSeconds(5);

  private final Node node;
  private final FeedSettings settings;
  private final SessionFactoryImplementor factory;

  private FeedBoot(Node node) {
    this.node = node;
    this.settings = node.settings().feed();
    this.factory = node.sessionFactory();
  }

  /**
   * Starts the feed, if there is to be one.
   *
   * @throws FreshetConfigurationException if there is to be one and it cannot work as it is set
   */
  static void begin(Node node) {
    new FeedBoot(node).begin();
  }

  private void begin() {
    Kind kind = settings.kind();
    boolean postgres = factory.getJdbcServices().getDialect() instanceof PostgreSQLDialect;
    boolean databasePerTenant = factory.getSessionFactoryOptions().isMultiTenancyEnabled();
    if (node.settings().fanout().publishes() && databasePerTenant) {
      throw new FreshetConfigurationException(
          "%s covers one database, and with a MultiTenantConnectionProvider each tenant may have its own: remove it"
              .formatted(FanoutSettings.PUBLISH));
    }
    if (node.settings().fanout().publishes() && kind == Kind.AUTO) {
      kind = Kind.valueOf(node.settings().fanout().bus().orElseThrow().broker().name());
    }
    if (kind == Kind.AUTO) {
      kind = chosen(postgres && !databasePerTenant);
    } else if (kind != Kind.NONE && databasePerTenant) {
      throw new FreshetConfigurationException(
          "%s=%s covers one database, and with a MultiTenantConnectionProvider each tenant may have its own: set %s=none"
              .formatted(FeedSettings.FEED, kind.setting(), FeedSettings.FEED));
    } else if (kind != Kind.NONE
        && kind.broker().isEmpty()
        && !postgres
        && settings.url().isEmpty()) {
      throw new FreshetConfigurationException(
          "%s=%s needs a PostgreSQL, and the persistence unit's database is none (%s): set %s=none, or %s to the PostgreSQL behind it"
              .formatted(
                  FeedSettings.FEED,
                  kind.setting(),
                  factory.getJdbcServices().getDialect().getClass().getSimpleName(),
                  FeedSettings.FEED,
                  FeedSettings.URL));
    }
    if (node.settings().fanout().bus().isPresent()) {
      BusBoot.begin(node, kind);
    } else if (kind != Kind.NONE) {
      start(kind);
    }
  }

  /** What {@code auto} comes to. */
  private Kind chosen(boolean onePostgres) {
    if (!onePostgres) {
      Message.NO_FEED.warn(LOG, "there is not one PostgreSQL to listen to", FeedSettings.FEED);
      return Kind.NONE;
    }
    if (settings.tracking() == Tracking.INSTALL || triggersAreInstalled()) {
      return Kind.NOTIFY;
    }
    Message.NO_FEED.warn(
        LOG,
        "none of the cached tables has Freshet's triggers; %s=install creates them"
            .formatted(FeedSettings.TRACKING),
        FeedSettings.FEED);
    return Kind.NONE;
  }

  /** Asked over the persistence unit's own connection: the feed's may need settings of its own. */
  private boolean triggersAreInstalled() {
    try (UnitConnection connection = UnitConnection.of(factory)) {
      return Triggers.anyInstalled(
          connection.raw(), Coverage.resolve(connection.raw(), MappedPlan.plan(node)));
    } catch (SQLException e) {
      LOG.debug("Whether there are triggers could not be asked", e);
      return true; // then they may be there, and the feed will find out
    }
  }

  private void start(Kind kind) {
    FeedTarget target = FeedTargets.of(factory, settings);
    PostgresFeed.Tracked tracked =
        new PostgresFeed.Tracked(
            kind == Kind.WAL ? new Publication() : new Triggers(node.settings().maxKeys()),
            MappedPlan.plan(node),
            settings.tracking() != Tracking.NONE,
            settings.tracking() == Tracking.INSTALL);
    Optional<String> passing = check(kind, target, tracked);
    AtomicReference<@Nullable Intake> intake = new AtomicReference<>();
    PostgresFeed.Plan plan =
        new PostgresFeed.Plan(target, tracked, coverage -> intake.set(Intake.of(node, coverage)));
    PostgresFeed feed =
        kind == Kind.WAL
            ? PostgresFeed.ofReplication(plan, node.settings().maxKeys())
            : PostgresFeed.ofNotifications(plan);
    FeedLink link =
        new FeedLink(
            kind.setting(),
            node,
            feed,
            () -> Objects.requireNonNull(intake.get()),
            settings.maxStaleness());
    node.attach(link);
    link.start();
    if (passing.isEmpty()) {
      awaitFirstBarrier(kind, link, feed, target);
    } else {
      Message.FEED_NOT_READY.warn(LOG, kind.setting(), passing.get());
    }
  }

  /**
   * Looks for what can never work.
   *
   * @return what keeps the feed from working at the moment, and may pass by itself
   */
  private Optional<String> check(Kind kind, FeedTarget target, PostgresFeed.Tracked tracked) {
    try (Connection connection = target.connect()) {
      TrackingGapException.throwIfAny(Server.check(connection));
      if (kind == Kind.NOTIFY) {
        Server.warnings(connection).forEach(one -> Message.FEED_WARNING.warn(LOG, one));
      }
      tracked.requireComplete(connection, tracked.coverage(connection));
      return Optional.empty();
    } catch (TrackingGapException e) {
      throw new FreshetConfigurationException(
          "%s=%s with %s=%s: %s"
              .formatted(
                  FeedSettings.FEED,
                  kind.setting(),
                  FeedSettings.TRACKING,
                  settings.tracking().setting(),
                  e.getMessage()),
          e);
    } catch (SQLException e) {
      if (FeedFailure.mayPass(e)) {
        return Optional.of(FeedFailure.explain(e, target));
      }
      throw new FreshetConfigurationException(
          "%s=%s cannot work: %s. The feed connects by %s, %s and %s, by default as the persistence unit does; %s=none does without a feed"
              .formatted(
                  FeedSettings.FEED,
                  kind.setting(),
                  FeedFailure.explain(e, target),
                  FeedSettings.URL,
                  FeedSettings.USER,
                  FeedSettings.PASSWORD,
                  FeedSettings.FEED),
          e);
    }
  }

  private static void awaitFirstBarrier(
      Kind kind, FeedLink link, PostgresFeed feed, FeedTarget target) {
    if (link.awaitFirstBarrier(FIRST_BARRIER)) {
      return;
    }
    if (link.isInterrupted() && feed.mayRecover()) {
      // as in the check, but it began after that
      Message.FEED_NOT_READY.warn(LOG, kind.setting(), link.reason());
      return;
    }
    if (kind == Kind.NOTIFY && link.hasBegun()) {
      throw refused(
          kind,
          ("what was sent to %s by NOTIFY has not come back, as if a pooler in transaction mode"
                  + " stood in between, which LISTEN does not survive. Set %s to the server itself"
                  + " (%s)")
              .formatted(target, FeedSettings.URL, link.reason()));
    }
    if (link.isInterrupted()) {
      throw refused(kind, link.reason());
    }
    Message.FEED_NOT_READY.warn(LOG, kind.setting(), link.reason());
  }

  private static FreshetConfigurationException refused(Kind kind, String reason) {
    return new FreshetConfigurationException(
        "%s=%s does not work: %s".formatted(FeedSettings.FEED, kind.setting(), reason));
  }
}
