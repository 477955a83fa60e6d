package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.Commands.Ended;
import io.freshet.cli.Commands.Started;
import io.freshet.postgres.wal.WalStream;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestDatabase;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A relay and what speaks to it, all by the command line. */
class BusCommandsTest {

  private static final Pattern PORT = Pattern.compile("health on port (\\d+)");

  private final String channel = "cli-" + UUID.randomUUID();
  private final String slot = "freshet_cli_" + UUID.randomUUID().toString().substring(0, 8);
  private final Map<String, String> busOnly = new HashMap<>();
  private TestDatabase database;

  @BeforeEach
  void create() {
    database = TestDatabase.create();
    database.execute(
        "create table product (id int primary key, name text)", "insert into product values (1)");
    busOnly.put(BusOptions.ENV_REDIS, RedisServer.sharedAddress());
    Ended installed =
        Commands.run(database, "tracking", "install", "--feed=wal", "--tables=product");
    assertThat(installed.status()).as(installed.all()).isEqualTo(ExitCode.OK);
  }

  @AfterEach
  void drop() throws Exception {
    try (Connection connection = database.connect()) {
      WalStream.dropSlot(connection, slot);
    }
    database.close();
  }

  private Started relay(String... more) {
    Map<String, String> env = new HashMap<>(busOnly);
    env.put(ConnectionOptions.ENV_URL, database.url());
    String[] args = new String[3 + more.length];
    args[0] = "relay";
    args[1] = "--slot=" + slot;
    args[2] = "--channel=" + channel;
    System.arraycopy(more, 0, args, 3, more.length);
    Started relay = new Started(env, args);
    relay.awaitOut("relaying wal");
    return relay;
  }

  private Ended onBus(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = args[0];
    all[1] = "--channel=" + channel;
    System.arraycopy(args, 1, all, 2, args.length - 1);
    return Commands.run(busOnly, all);
  }

  @Test
  void relay_watchedBarrieredAndExamined_withoutADatabase() {
    try (Started relay = relay()) {
      Ended barrier = onBus("barrier", "--timeout=20s");
      assertThat(barrier.status()).as(barrier.all()).isEqualTo(ExitCode.OK);
      assertThat(barrier.out()).startsWith("redis: everything committed before is told");

      Ended doctor = onBus("doctor");
      assertThat(doctor.status()).as(doctor.all()).isEqualTo(ExitCode.OK);
      assertThat(doctor.out()).contains("tells of 1 table(s)");

      try (Started watch =
          new Started(busOnly, "watch", "--channel=" + channel, "--count=2", "--tables=product")) {
        watch.awaitOut("caught up");
        // one after the other: a relay tells at once what has come by then
        database.execute("update product set name = 'x'");
        watch.awaitOut("UPDATE");
        database.execute("delete from product");
        Ended watched = watch.end();
        assertThat(watched.out()).contains("UPDATE").contains("DELETE").contains("id=1");
      }
      assertThat(relay.stop().status()).isEqualTo(ExitCode.OK);
    }
  }

  @Test
  void evict_throughTheRelay_reachesEveryone_andRefusesWhatIsUnknown() {
    try (Started relay = relay();
        Started watch = new Started(busOnly, "watch", "--channel=" + channel, "--count=2")) {
      watch.awaitOut("caught up");
      assertThat(onBus("evict", "product", "42").out())
          .contains("told all caches to forget product  id=42");
      assertThat(onBus("evict", "public.product").status()).isEqualTo(ExitCode.OK);
      assertThat(watch.end().out()).contains("id=42");

      Ended unknown = onBus("evict", "produkt");
      assertThat(unknown.status()).isEqualTo(ExitCode.USAGE);
      assertThat(unknown.err()).contains("public.product");
      Ended key = onBus("evict", "product", "1", "2");
      assertThat(key.status()).isEqualTo(ExitCode.USAGE);
      assertThat(key.err()).contains("the key of public.product is [id]");
      relay.stop();
    }
  }

  @Test
  void relay_servesHealthAndMetrics() throws Exception {
    try (Started relay = relay("--http=127.0.0.1:0")) {
      Matcher port = PORT.matcher(relay.out());
      assertThat(port.find()).isTrue();
      String base = "http://127.0.0.1:" + port.group(1);
      Awaitility.await()
          .untilAsserted(
              () -> {
                HttpResponse<String> health = get(base + "/health");
                assertThat(health.statusCode()).isEqualTo(200);
                assertThat(Commands.json(health.body()))
                    .containsEntry("role", "leader")
                    .containsEntry("trouble", "");
              });
      assertThat(get(base + "/metrics").body())
          .contains("freshet_relay_leader 1.0")
          .contains("freshet_relay_slot_retained_bytes")
          .contains("jvm_memory_used_bytes");
      assertThat(get(base + "/").statusCode()).isEqualTo(404);
    }
  }

  private static HttpResponse<String> get(String uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString());
  }

  @Test
  void withoutARelay_everybodySaysSo() {
    Ended barrier = onBus("barrier", "--timeout=1s");
    assertThat(barrier.status()).isEqualTo(ExitCode.TIMEOUT);
    Ended evict = onBus("evict", "product");
    assertThat(evict.status()).isEqualTo(ExitCode.TIMEOUT);
    assertThat(evict.err()).contains("no relay answers");
    Ended doctor = onBus("doctor");
    assertThat(doctor.status()).isEqualTo(ExitCode.FOUND);
    assertThat(doctor.out()).contains("freshet relay --channel " + channel);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "relay | Which bus?",
        "relay --redis redis://x --rabbitmq amqp://x | give one of them",
        "relay --redis http://x | is not an address of redis",
        "relay --redis redis://127.0.0.1:1 --patience 10ms | at least 1s",
        "relay --redis redis://127.0.0.1:1 --http here | give a port",
        "relay --redis redis://127.0.0.1:1 --max-keys 0 | at least 1 row",
        "relay --redis redis://127.0.0.1:1 --slot Großes | Großes",
      })
  void relay_badOption_isRefusedAtOnce(String line, String problem) {
    Ended ended = Commands.run(database, line.split(" ", -1));

    assertThat(ended.status()).as(ended.all()).isIn(ExitCode.USAGE, ExitCode.FAILED);
    assertThat(ended.err()).contains(problem);
  }

  @Test
  void passwordOfTheBus_fromTheEnvironment_worksAndIsNeverShown() {
    String address = RedisServer.sharedAddress();
    URI parts = URI.create(address);
    String password = parts.getUserInfo().replaceFirst(".*:", "");
    Map<String, String> env = new HashMap<>();
    env.put(
        BusOptions.ENV_REDIS, "redis://default@%s:%d".formatted(parts.getHost(), parts.getPort()));
    env.put(BusOptions.ENV_PASSWORD, password);
    assertThat(Commands.run(env, "doctor", "--channel=" + channel).out())
        .contains("answers, and channel");

    env.put(BusOptions.ENV_PASSWORD, "wrong-secret");
    Ended refused = Commands.run(env, "doctor", "--channel=" + channel);
    assertThat(refused.status()).isEqualTo(ExitCode.FOUND);
    assertThat(refused.all()).contains("WRONGPASS").doesNotContain("wrong-secret");
  }
}
