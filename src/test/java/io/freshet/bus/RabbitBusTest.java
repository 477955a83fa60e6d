package io.freshet.bus;

import static io.freshet.bus.BusLab.await;
import static io.freshet.bus.BusLab.bytes;
import static io.freshet.bus.BusLab.publish;
import static io.freshet.bus.Channel.CHANGES;
import static io.freshet.bus.Channel.REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.freshet.BusSettings.Broker;
import io.freshet.testing.MinimalUsers;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.TestBroker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RabbitBusTest extends BusContract {

  private final List<BusLab> used = new ArrayList<>();

  @Override
  String shared() {
    return RabbitServer.sharedAddress();
  }

  @Override
  TestBroker start() {
    RabbitServer started = RabbitServer.start();
    MinimalUsers.create(started);
    return started;
  }

  @Override
  BusLab lab() {
    BusLab lab = keep(new BusLab(Broker.RABBITMQ, shared()));
    used.add(lab);
    return lab;
  }

  /** Exchanges outlive their users, and the server may be somebody's. */
  @AfterEach
  void deleteExchanges() throws Exception {
    for (BusLab lab : used) {
      delete(shared(), lab.name());
    }
    used.clear();
  }

  private static void delete(String address, String bus) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(address);
    try (Connection connection = factory.newConnection();
        com.rabbitmq.client.Channel channel = connection.createChannel()) {
      for (Channel one : Channel.values()) {
        channel.exchangeDelete(one.nameIn(bus));
      }
    }
  }

  private RabbitServer rabbit() {
    return (RabbitServer) server();
  }

  private BusLab as(String user) {
    return keep(new BusLab(Broker.RABBITMQ, rabbit().address(user, user + "-secret"), "freshet"));
  }

  @Test
  void nodeAndRelay_withTheirRightsOnly_talk_andTheNodeCannotAnnounceChanges() throws Exception {
    delete(rabbit().address(), "freshet");
    assertThatThrownBy(() -> as("node").connect(new Heard(), CHANGES))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("no exchange freshet,")
        .hasMessageContaining("the right to configure freshet")
        .hasMessageNotContaining("secret");
    Heard atNode = new Heard();
    Heard atRelay = new Heard();
    BusConnection relay = as("relay").connect(atRelay, REQUESTS);
    BusConnection node = as("node").connect(atNode, CHANGES);

    publish(node, REQUESTS, List.of("request"));
    publish(relay, CHANGES, List.of("change"));

    await().until(() -> atNode.texts(CHANGES).equals(List.of("change")));
    await().until(() -> atRelay.texts(REQUESTS).equals(List.of("request")));
    assertThatThrownBy(() -> as("node").connect(new Heard(), REQUESTS))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("ACCESS_REFUSED");
    BusConnection forger = as("node").connect(new Heard());
    assertThatThrownBy(() -> forger.publish(CHANGES, bytes("forged")).join())
        .hasCauseInstanceOf(BusException.class)
        .hasMessageContaining("ACCESS_REFUSED")
        .hasMessageContaining("'freshet'");
    publish(relay, CHANGES, List.of("last"));
    await().until(() -> atNode.texts(CHANGES).contains("last"));
    assertThat(atNode.texts(CHANGES)).containsExactly("change", "last");
  }

  @Test
  void virtualHost_thatIsMissing_isRefused() {
    BusLab lab = keep(new BusLab(Broker.RABBITMQ, rabbit().address() + "/nowhere"));

    assertThatThrownBy(() -> lab.connect(new Heard(), CHANGES))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("/nowhere")
        .hasMessageContaining("NOT_ALLOWED");
  }

  @Test
  void alarm_blocksWhoPublishes_andWhatIsSentIsConfirmedAfterIt() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(heard, CHANGES);
    List<CompletableFuture<Void>> confirmed = new ArrayList<>();

    rabbit().alarm(true);
    try {
      // what comes first is still read
      confirmed.add(connection.publish(CHANGES, bytes("0")));
      await().until(() -> heard.blocked().size() == 1);
      assertThat(heard.blocked().get(0)).contains("memory");
      confirmed.add(connection.publish(CHANGES, bytes("1")));
      confirmed.add(connection.publish(CHANGES, bytes("2")));
      assertThat(confirmed.get(2)).isNotDone();
      assertThat(lab.connect(new Heard(), CHANGES)).isNotNull();
    } finally {
      rabbit().alarm(false);
    }

    await().until(() -> heard.blocked().size() == 2);
    assertThat(heard.blocked().get(1)).isEmpty();
    confirmed.forEach(CompletableFuture::join);
    await().until(() -> heard.texts(CHANGES).equals(List.of("0", "1", "2")));
    assertThat(heard.lost()).isEmpty();
    assertThat(heard.broken()).isEmpty();
  }

  @Test
  void close_whileAnAlarmBlocksWhoPublishes_returns() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(heard, CHANGES);

    List<CompletableFuture<Void>> sent = new ArrayList<>();

    rabbit().alarm(true);
    try {
      sent.add(connection.publish(CHANGES, bytes("0")));
      await().until(() -> heard.blocked().size() == 1);
      CompletableFuture<?> publisher =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 50; i++) {
                  sent.add(connection.publish(CHANGES, new byte[1 << 20]));
                }
              });
      connection.close();
      await().until(publisher::isDone);
      assertThat(sent).hasSize(51);
      assertThat(sent.get(50)).isCompletedExceptionally();
      assertThat(heard.lost()).isEmpty();
    } finally {
      rabbit().alarm(false);
    }
  }

  @Test
  void listener_thatDoesNotKeepUp_missesTheOldest_andHoldsNobodyUp() throws Exception {
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
            super.received(channel, Arrays.copyOf(message, 8));
          }
        };
    lab.connect(slow, CHANGES);
    BusConnection sender = lab.connect(new Heard());
    // RabbitMQ hands on 200, however large, before it keeps what comes in the queue
    int count = 400;
    try {
      List<CompletableFuture<Void>> confirmed = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] message = new byte[1 << 19];
        byte[] number = bytes("%08d".formatted(i));
        System.arraycopy(number, 0, message, 0, number.length);
        confirmed.add(sender.publish(CHANGES, message));
      }
      confirmed.forEach(CompletableFuture::join);
    } finally {
      release.countDown();
    }

    String last = "%08d".formatted(count - 1);
    await().until(() -> slow.texts(CHANGES).contains(last));
    assertThat(slow.texts(CHANGES)).isSorted().hasSizeLessThan(count);
    assertThat(slow.lost()).isEmpty();
  }

  @Test
  void queue_thatIsDeleted_isLost() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    lab.connect(heard, CHANGES);
    String queue =
        rabbit()
            .control("list_queues", "name", "--no-table-headers")
            .lines()
            .filter(name -> name.startsWith("freshet." + lab.name()))
            .findFirst()
            .orElseThrow();

    rabbit().control("delete_queue", queue);

    await().until(() -> heard.lost().size() == 1);
    assertThat(heard.lost().get(0)).contains("queue");
  }

  @Test
  void exchange_thatIsDeleted_isLostByWhoPublishes_andMadeAnewByTheNext() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(heard);
    delete(rabbit().address(), lab.name());

    CompletableFuture<Void> unknown = connection.publish(CHANGES, bytes("to nowhere"));

    await().until(unknown::isCompletedExceptionally);
    await().until(() -> heard.lost().size() == 1);
    assertThat(heard.lost().get(0)).contains("NOT_FOUND").contains(lab.name());
    publish(lab.connect(new Heard()), CHANGES, List.of("somewhere"));
  }
}
