package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Tracking;
import io.freshet.postgres.tracking.Triggers;
import io.freshet.postgres.wal.WalStream;
import io.freshet.relay.Relay;
import io.freshet.relay.RelaySettings;
import io.freshet.relay.RelaySettings.Limits;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.SessionFactories;
import io.freshet.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;

/** A relay of a test's own, on a channel of its own, and with a slot of its own. */
final class TestRelay implements AutoCloseable {

  final BusSettings bus;
  final RelaySettings settings;
  private final TestDatabase database;
  private Relay relay;

  private TestRelay(TestDatabase database, RelaySettings settings) {
    this.database = database;
    this.bus = settings.bus();
    this.settings = settings;
    this.relay = Relay.start(settings);
  }

  /**
   * Starts one.
   *
   * @param feed the broker and how the relay listens, such as {@code redis/wal}
   */
  static TestRelay start(TestDatabase database, String feed) {
    int slash = feed.indexOf('/');
    Broker broker = Broker.valueOf(feed.substring(0, slash).toUpperCase(Locale.ROOT));
    String address =
        broker == Broker.REDIS ? RedisServer.sharedAddress() : RabbitServer.sharedAddress();
    return start(
        database,
        new BusSettings(broker, address, "t" + id()),
        Source.valueOf(feed.substring(slash + 1).toUpperCase(Locale.ROOT)));
  }

  static TestRelay start(TestDatabase database, BusSettings bus, Source source) {
    return new TestRelay(
        database,
        new RelaySettings(
            new FeedTarget(
                database.url(), Optional.empty(), Optional.empty(), RelaySettings.DEFAULT_PATIENCE),
            source,
            bus,
            new Limits(1_000, "freshet_t_" + id(), Limits.DEFAULT_SLOT_WARNING_BYTES)));
  }

  private static String id() {
    return UUID.randomUUID().toString().substring(0, 8);
  }

  /** Has a node follow this relay. */
  SessionFactories follow(SessionFactories factories) {
    return factories
        .with("freshet.feed", bus.broker().setting())
        .with(bus.broker().addressSetting(), bus.address())
        .with(BusSettings.CHANNEL, bus.channel());
  }

  Relay relay() {
    return relay;
  }

  /** One more relay with the same settings, to stand by. The caller closes it. */
  Relay standby() {
    return Relay.start(settings);
  }

  /** Has tables tracked the way it listens: what {@code freshet tracking install} does. */
  void track(TrackedTable... tables) {
    try (Connection connection = database.connect()) {
      Coverage coverage = Coverage.resolve(connection, new TrackingPlan(List.of(tables), Set.of()));
      Tracking tracking =
          settings.source() == Source.WAL
              ? new Publication()
              : new Triggers(settings.limits().maxKeys());
      assertThat(tracking.install(connection, coverage)).isEmpty();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends it, in good order. */
  void stop() {
    relay.close();
  }

  /** Starts it again. */
  void restart() {
    relay = Relay.start(settings);
  }

  @Override
  public void close() {
    relay.close();
    // the server may still be about to notice that the last reader is gone
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(
            () -> {
              try (Connection connection = database.connect()) {
                WalStream.dropSlot(connection, settings.limits().slot());
                return true;
              }
            });
  }
}
