package io.freshet.bus;

import static io.freshet.bus.BusLab.await;
import static io.freshet.bus.BusLab.bytes;
import static io.freshet.bus.BusLab.publish;
import static io.freshet.bus.Channel.CHANGES;
import static io.freshet.bus.Channel.REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.BusSettings.Broker;
import io.freshet.testing.MinimalUsers;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestBroker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RedisBusTest extends BusContract {

  /**
   * ACL SETUSER of a node or a relay, for Redis 6, which cannot tell hearing a channel from
   * publishing.
   */
  private static final String EITHER =
      "on >either-secret resetkeys resetchannels &freshet &freshet.requests"
          + " -@all +ping +subscribe +publish";

  @Override
  String shared() {
    return RedisServer.sharedAddress();
  }

  @Override
  TestBroker start() {
    return RedisServer.start();
  }

  @Override
  BusLab lab() {
    return keep(new BusLab(Broker.REDIS, shared()));
  }

  private RedisServer redis() {
    return (RedisServer) server();
  }

  private BusLab as(String user, String password) {
    return keep(new BusLab(Broker.REDIS, redis().address(user, password), "freshet"));
  }

  private void user(String name, String rules) {
    // a selector is one word of the command
    redis().user(name, rules.split(" (?![^(]*\\))"));
  }

  @Test
  void nodeAndRelay_withTheirRightsOnly_talk_andTheNodeCannotAnnounceChanges() throws Exception {
    MinimalUsers.create(redis());
    Heard atNode = new Heard();
    Heard atRelay = new Heard();
    BusConnection node = as("node", "node-secret").connect(atNode, CHANGES);
    BusConnection relay = as("relay", "relay-secret").connect(atRelay, REQUESTS);

    publish(node, REQUESTS, List.of("request"));
    publish(relay, CHANGES, List.of("change"));

    await().until(() -> atNode.texts(CHANGES).equals(List.of("change")));
    await().until(() -> atRelay.texts(REQUESTS).equals(List.of("request")));
    assertThatThrownBy(() -> node.publish(CHANGES, bytes("forged")).join())
        .hasCauseInstanceOf(BusException.class)
        .hasMessageContaining("NOPERM")
        .hasMessageContaining("channel freshet");
    assertThatThrownBy(() -> as("node", "node-secret").connect(new Heard(), REQUESTS))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("NOPERM")
        .hasMessageContaining("channel freshet.requests");
    publish(relay, CHANGES, List.of("last"));
    await().until(() -> atNode.texts(CHANGES).contains("last"));
    assertThat(atNode.texts(CHANGES)).containsExactly("change", "last");
  }

  @Test
  void nodeAndRelay_withTheRightsThatRedis6Knows_talk() throws Exception {
    user("either", EITHER);
    Heard heard = new Heard();
    BusConnection connection = as("either", "either-secret").connect(heard, CHANGES, REQUESTS);

    publish(connection, REQUESTS, List.of("request"));
    publish(connection, CHANGES, List.of("change"));

    await().until(() -> heard.messages().size() == 2);
  }

  @Test
  void database_thatIsMissing_isRefused() {
    BusLab lab = keep(new BusLab(Broker.REDIS, redis().address() + "/99"));

    assertThatThrownBy(() -> lab.connect(new Heard(), CHANGES))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("/99")
        .hasMessageContaining("DB index is out of range");
  }

  @Test
  void database_isNoLimitOfAChannel() throws Exception {
    BusLab lab = ownLab();
    BusLab other = keep(new BusLab(Broker.REDIS, redis().address() + "/3", lab.name()));
    Heard heard = new Heard();
    other.connect(heard, CHANGES);

    publish(lab.connect(new Heard()), CHANGES, List.of("across"));

    await().until(() -> heard.texts(CHANGES).equals(List.of("across")));
  }

  @Test
  void connection_thatHearsNothing_isOne() throws Exception {
    BusLab lab = ownLab();
    lab.connect(new Heard());
    await().until(() -> clients() == 1);

    lab.connect(new Heard(), CHANGES);
    await().until(() -> clients() == 3);
  }

  /** Without the one that asks. */
  private int clients() {
    return redis().clients() - 1;
  }

  @Test
  void subscriber_thatDoesNotKeepUp_isDroppedAndLost() throws Exception {
    redis().command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 1");
    BusLab lab = ownLab();
    CountDownLatch release = new CountDownLatch(1);
    Heard slow =
        new Heard() {
          @Override
          public void received(Channel channel, byte[] message) {
            try {
              release.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    lab.connect(Duration.ofSeconds(60), slow, CHANGES); // nothing of it answers while it is held
    String message = "x".repeat(1 << 20);
    for (int i = 0; i < 100; i++) {
      redis().command("PUBLISH", lab.name(), message);
    }

    release.countDown();

    await().until(() -> slow.lost().size() == 1);
    assertThat(slow.lost().get(0)).contains("client-output-buffer-limit");
    assertThat(slow.broken()).isEmpty();
  }

  @Test
  void halfOfAConnection_thatIsEnded_isTheEndOfTheWhole() throws Exception {
    for (String type : List.of("pubsub", "normal")) {
      Heard heard = new Heard();
      BusConnection connection = ownLab().connect(heard, CHANGES);

      redis().command("CLIENT", "KILL", "TYPE", type);

      await().until(() -> heard.lost().size() == 1);
      assertThat(connection.publish(CHANGES, bytes("no"))).isCompletedExceptionally();
      connection.close();
      assertThat(heard.broken()).isEmpty();
    }
  }

  @Test
  void server_thatIsQuietForLong_isNotLost() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    // long enough for an answer on a machine that does much else
    BusConnection connection = lab.connect(Duration.ofSeconds(3), heard, CHANGES);
    int before = redis().pings();

    // by two connections, every half of that time
    await().until(() -> redis().pings() >= before + 6);

    publish(connection, CHANGES, List.of("still here"));
    await().until(() -> heard.texts(CHANGES).size() == 1);
    assertThat(heard.lost()).isEmpty();
  }
}
