package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.freshet.FreshetConfigurationException;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.relay.Relay;
import io.freshet.relay.RelayServer;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.relay.RelayStatus.Role;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a relay shows to those who watch over it, and how it ends. */
class RelayServerTest {

  /** A name, labels that may be missing, and a number. */
  private static final String SERIES = "([a-z_0-9]+)(\\{[^}]*})? (-?[0-9.E-]+|NaN|[+-]Inf)";

  private static final Duration SOON = Duration.ofSeconds(20);

  private final HttpClient client = HttpClient.newHttpClient();
  private RedisServer broker;
  private TestDatabase database;
  private TestRelay leader;

  @BeforeEach
  void start() {
    broker = FragileBrokers.redis();
    database = TestDatabase.create();
    leader = TestRelay.start(database, Fleet.bus(broker.broker(), broker.address()), Source.WAL);
    database.execute("create table product (id int primary key)");
    leader.track(new TrackedTable(TableName.of("product"), Set.of("id"), Set.of()));
    awaitThat(() -> leader.relay().status().role() == Role.LEADER);
    awaitThat(() -> leader.relay().status().isHealthy());
  }

  @AfterEach
  void stop() {
    leader.close();
    database.close();
  }

  private static RelayServer serve(Relay relay) {
    return RelayServer.start(relay, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private HttpResponse<String> get(RelayServer server, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path));
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Test
  void health_tellsOfLeaderAndStandby_andOfABrokerThatIsGone() throws Exception {
    try (RelayServer leaders = serve(leader.relay());
        Relay standby = leader.standby();
        RelayServer standbys = serve(standby)) {
      awaitThat(() -> standby.status().role() == Role.STANDBY);
      HttpResponse<String> well = get(leaders, "/health");
      assertThat(well.statusCode()).isEqualTo(200);
      assertThat(well.body())
          .startsWith("{\"healthy\":true,\"role\":\"leader\",\"trouble\":\"\",\"lag_ms\":")
          .contains("\"barrier_age_ms\":", "\"waiting_changes\":0")
          .endsWith("}\n");
      awaitThat(() -> get(leaders, "/health").body().contains("\"slot_retained_bytes\":"));
      assertThat(get(standbys, "/health").body())
          .isEqualTo("{\"healthy\":true,\"role\":\"standby\",\"trouble\":\"\"}\n");
      assertThat(get(standbys, "/health").statusCode()).isEqualTo(200);
      assertThat(get(leaders, "/other").statusCode()).isEqualTo(404);

      broker.kill();
      try {
        awaitThat(() -> get(leaders, "/health").statusCode() == 503);
        assertThat(get(leaders, "/health").body())
            .contains("\"healthy\":false", "\"role\":\"leader\"", "Redis at redis://127.0.0.1:")
            .doesNotContain("secret");
        assertThat(get(leaders, "/metrics").body()).contains("freshet_relay_healthy 0.0");
        assertThat(get(standbys, "/health").statusCode()).isEqualTo(200);
      } finally {
        broker.restart();
      }

      awaitThat(() -> get(leaders, "/health").statusCode() == 200);
    }
  }

  @Test
  void metrics_areAsPrometheusReadsThem() throws Exception {
    try (RelayServer server = serve(leader.relay())) {
      HttpResponse<String> answer = get(server, "/metrics");

      assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain; version=0.0.4");
      List<String> lines = answer.body().lines().filter(line -> !line.startsWith("#")).toList();
      assertThat(lines).allMatch(line -> line.matches(SERIES));
      Map<String, String> values =
          lines.stream()
              .collect(
                  Collectors.toMap(
                      line -> line.replaceFirst("[{ ].*", ""),
                      line -> line.replaceFirst(".* ", ""),
                      (first, second) -> first));
      assertThat(values)
          .containsEntry("freshet_relay_leader", "1.0")
          .containsEntry("freshet_relay_healthy", "1.0")
          .containsEntry("freshet_relay_terms_total", "1.0")
          .containsEntry("freshet_relay_bus_waiting", "0.0")
          .containsKeys(
              "freshet_relay_changesets_total",
              "freshet_relay_rows_total",
              "freshet_relay_feed_reconnects_total",
              "freshet_relay_bus_messages_total",
              "freshet_relay_bus_bytes_total",
              "freshet_relay_bus_reconnects_total",
              "freshet_relay_bus_widened_total",
              "freshet_relay_slot_retained_bytes",
              "freshet_relay_lag_seconds",
              "freshet_relay_barrier_age_seconds",
              "jvm_memory_used_bytes",
              "process_cpu_usage");
      assertThat(answer.body()).contains("# TYPE freshet_relay_bus_messages_total counter");
    }
  }

  @Test
  void addressInUse_isRefused() {
    try (RelayServer server = serve(leader.relay())) {
      InetSocketAddress taken =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
      assertThatThrownBy(() -> RelayServer.start(leader.relay(), taken))
          .isInstanceOf(FreshetConfigurationException.class)
          .hasMessageContaining(":" + server.port());
    }
  }

  @Test
  void leaderClosed_whileTheBrokerIsDead_ends() {
    broker.kill();
    try {
      awaitThat(() -> !leader.relay().status().isHealthy());
      assertTimeoutPreemptively(SOON, leader::stop);
    } finally {
      broker.restart();
    }
  }

  @Test
  void leaderClosed_whileTheBrokerHangs_ends() {
    broker.freeze();
    try {
      assertTimeoutPreemptively(SOON, leader::stop);
    } finally {
      broker.thaw();
    }
  }

  @Test
  void standbyClosed_ends_andTheLeaderGoesOn() {
    Relay standby = leader.standby();
    awaitThat(() -> standby.status().role() == Role.STANDBY);

    assertTimeoutPreemptively(SOON, standby::close);

    assertThat(leader.relay().status().isHealthy()).isTrue();
    assertThat(leader.relay().status().terms()).isEqualTo(1);
  }
}
