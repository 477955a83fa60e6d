package io.freshet.load;

import io.freshet.BusSettings;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.feed.PostgresFeed.Tracked;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Triggers;
import io.freshet.relay.RelaySettings;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brokers and a process for relays, each there once somebody needs it. Used by one thread. */
final class Fanout implements AutoCloseable {

  private final LoadServer server;
  private final Brokers brokers;
  private @Nullable RelayProcess process;
  private int channels;

  /** How a route is open for nodes. The relay, if there is one, ends with it. */
  final class Open implements AutoCloseable {
    private final Route route;
    private final Optional<BusSettings> bus;

    private Open(Route route, Optional<BusSettings> bus) {
      this.route = route;
      this.bus = bus;
    }

    Route route() {
      return route;
    }

    /** Where the relay tells; empty if nodes listen to PostgreSQL themselves. */
    Optional<BusSettings> bus() {
      return bus;
    }

    /** The process of the relay. */
    RelayProcess relay() {
      RelayProcess known = process;
      if (known == null || bus.isEmpty()) {
        throw new IllegalStateException("there is no relay for " + route);
      }
      return known;
    }

    @Override
    public void close() throws IOException {
      if (bus.isPresent()) {
        relay().end();
      }
    }
  }

  Fanout(LoadServer server, LoadOptions options) {
    this.server = server;
    this.brokers = new Brokers(options);
  }

  /** Those of the routes whose broker is installed; of the others it is said once. */
  List<Route> installed(Route... routes) {
    return Arrays.stream(routes)
        .filter(route -> route.broker().map(one -> brokers.address(one).isPresent()).orElse(true))
        .toList();
  }

  /** Has the route's table tracked, and starts the relay. */
  Open open(Route route) throws IOException, SQLException {
    track(route.variant());
    Optional<BusSettings> bus =
        route
            .broker()
            .map(
                broker ->
                    new BusSettings(
                        broker,
                        brokers.address(broker).orElseThrow(),
                        "freshet_load_" + ++channels));
    if (bus.isPresent()) {
      RelayProcess known = process;
      if (known == null) {
        known = RelayProcess.start();
        process = known;
      }
      known.begin(server.url(), route.source(), bus.get());
    }
    return new Open(route, bus);
  }

  private void track(Variant variant) throws SQLException {
    Tracked tracked = tracked(variant, true);
    try (Connection connection = target().connect()) {
      tracked.requireComplete(connection, tracked.coverage(connection));
    }
  }

  /** What a feed straight from PostgreSQL relies on. */
  Tracked tracked(Variant variant, boolean installs) {
    return new Tracked(
        variant == Variant.WAL ? new Publication() : new Triggers(LeanNodes.MAX_KEYS),
        new TrackingPlan(
            List.of(new TrackedTable(TableName.parse(variant.table()), Set.of(Told.KEY), Set.of())),
            Set.of()),
        true,
        installs);
  }

  FeedTarget target() {
    return new FeedTarget(
        server.url(), Optional.empty(), Optional.empty(), RelaySettings.DEFAULT_PATIENCE);
  }

  @Override
  public void close() {
    RelayProcess known = process;
    if (known != null) {
      known.close();
    }
    brokers.close();
  }
}
