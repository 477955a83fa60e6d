package io.freshet.torture;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.relay.RelaySettings;
import io.freshet.relay.RelaySettings.Limits;
import io.freshet.testing.InstalledPostgres;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.RelayProcess;
import io.freshet.testing.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Everything that is tortured, running and caught up. Not thread-safe. */
final class Stage implements AutoCloseable {

  private static final String DATABASE = "torture";

  private final Options options;
  private final InstalledPostgres server;
  private final @Nullable TestBroker broker;
  private final Optional<RelaySettings> relaySettings;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private @Nullable RelayProcess relay;

  private Stage(Options options) {
    this.options = options;
    this.server =
        options.postgres() == 15 ? InstalledPostgres.start() : InstalledPostgres.startEmbedded();
    this.broker = broker(options.mode());
    this.relaySettings = options.mode().relay().map(this::relaySettings);
  }

  private static @Nullable TestBroker broker(Mode mode) {
    if (mode == Mode.RABBITMQ) {
      return RabbitServer.start();
    }
    return mode.hasBroker() ? RedisServer.start() : null;
  }

  /** Starts everything, and waits until every node serves hits. */
  static Stage set(Options options) {
    Stage stage = new Stage(options);
    try {
      PrivateServer.execute(stage.server.url("postgres"), "create database " + DATABASE);
      PrivateServer.execute(stage.url(), Schema.statements().toArray(String[]::new));
      stage.startRelay();
      options.sabotage().ifPresent(stage::sabotage);
      for (int node = 0; node < options.crew().nodes(); node++) {
        boolean steps = node == options.crew().nodes() - 1;
        stage.nodes.add(
            NodeProcess.start(options.directory(), "node" + node, stage.settings(node), steps));
      }
      stage.nodes.forEach(NodeProcess::awaitReady);
      stage.awaitOpen();
      return stage;
    } catch (RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  /** Has a node track everything, does harm, and the nodes that come then do not look. */
  private void sabotage(String sql) {
    try (NodeProcess scout =
        NodeProcess.start(options.directory(), "scout", settings(0, "install"), false)) {
      scout.awaitReady();
    }
    PrivateServer.execute(url(), sql);
  }

  private Properties settings(int node) {
    return settings(node, options.sabotage().isPresent() ? "none" : "install");
  }

  private Properties settings(int node, String tracking) {
    Properties settings = new Properties();
    settings.setProperty(NodeMain.NODE, String.valueOf(node));
    settings.setProperty(NodeMain.URL, url());
    settings.setProperty(NodeMain.THREADS, String.valueOf(options.crew().threads()));
    settings.setProperty(NodeMain.PAUSE, String.valueOf(options.crew().pause().toMillis()));
    settings.setProperty(NodeMain.SEED, String.valueOf(options.seed()));
    settings.setProperty(NodeMain.FILE, diary("node" + node).toString());
    settings.setProperty("hibernate.cache.use_query_cache", "true");
    settings.setProperty("freshet.max_staleness", options.crew().bound().toMillis() + "ms");
    Mode mode = options.mode();
    TestBroker bus = broker;
    if (bus != null) {
      settings.setProperty(bus.broker().addressSetting(), bus.address());
      settings.setProperty(BusSettings.CHANNEL, DATABASE);
    }
    if (mode == Mode.PUBLISH) {
      settings.setProperty("freshet.publish", Broker.REDIS.setting());
    } else {
      settings.setProperty("freshet.feed", mode.toString());
      settings.setProperty("freshet.tracking", tracking);
      settings.setProperty("freshet.feed.url", url());
    }
    return settings;
  }

  private RelaySettings relaySettings(RelaySettings.Source source) {
    TestBroker bus = broker;
    if (bus == null) {
      throw new IllegalStateException("a relay needs a broker");
    }
    return new RelaySettings(
        new FeedTarget(url(), Optional.empty(), Optional.empty(), Duration.ofSeconds(2)),
        source,
        new BusSettings(bus.broker(), bus.address(), DATABASE),
        new Limits(1_000, Limits.DEFAULT_SLOT, Limits.DEFAULT_SLOT_WARNING_BYTES));
  }

  private void awaitOpen() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> nodes.stream().allMatch(node -> node.ask("open").equals("true")));
  }

  /** The file of somebody's history. */
  Path diary(String name) {
    return options.directory().resolve(name + ".history");
  }

  String url() {
    return server.url(DATABASE);
  }

  InstalledPostgres server() {
    return server;
  }

  List<NodeProcess> nodes() {
    return nodes;
  }

  TestBroker broker() {
    TestBroker bus = broker;
    if (bus == null) {
      throw new IllegalStateException("there is no broker");
    }
    return bus;
  }

  RelayProcess relay() {
    RelayProcess running = relay;
    if (running == null) {
      throw new IllegalStateException("there is no relay");
    }
    return running;
  }

  /** Starts the relay, if there is to be one. */
  void startRelay() {
    relaySettings.ifPresent(settings -> relay = RelayProcess.start(settings));
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::close);
    RelayProcess running = relay;
    if (running != null) {
      running.close();
    }
    TestBroker bus = broker;
    if (bus != null) {
      bus.close();
    }
    server.close();
  }
}
