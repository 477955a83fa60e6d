package io.freshet.bus;

import static io.freshet.bus.BusLab.await;
import static io.freshet.bus.BusLab.bytes;
import static io.freshet.bus.BusLab.numbers;
import static io.freshet.bus.BusLab.publish;
import static io.freshet.bus.Channel.CHANGES;
import static io.freshet.bus.Channel.REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.testing.FreePort;
import io.freshet.testing.TestBroker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What every bus promises. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BusContract {

  private static final Duration SHORT = Duration.ofSeconds(2);

  private final List<BusLab> labs = new ArrayList<>();
  private TestBroker ownServer;

  /** The address of a server that is only used. */
  abstract String shared();

  abstract TestBroker start();

  /** A lab on the server that all tests of this JVM share. */
  abstract BusLab lab();

  /** A server to be hurt, which every test leaves as it found it. */
  final TestBroker server() {
    if (ownServer == null) {
      ownServer = start();
    }
    return ownServer;
  }

  final BusLab keep(BusLab lab) {
    labs.add(lab);
    return lab;
  }

  /** A lab on the server that may be hurt. */
  final BusLab ownLab() {
    return keep(new BusLab(server().broker(), server().address()));
  }

  @AfterEach
  void closeLabs() {
    labs.forEach(BusLab::close);
    labs.clear();
  }

  @AfterAll
  void stopServer() {
    if (ownServer != null) {
      ownServer.close();
    }
  }

  @Test
  void messages_areHeardByEverybody_inTheirOrder() throws Exception {
    BusLab lab = lab();
    Heard self = new Heard();
    Heard other = new Heard();
    Heard third = new Heard();
    BusConnection connection = lab.connect(self, CHANGES);
    lab.connect(other, CHANGES);
    lab.connect(third, CHANGES, REQUESTS);

    publish(connection, CHANGES, numbers(3_000));

    for (Heard heard : List.of(self, other, third)) {
      await().untilAsserted(() -> assertThat(heard.texts(CHANGES)).isEqualTo(numbers(3_000)));
      assertThat(heard.broken()).isEmpty();
      assertThat(heard.lost()).isEmpty();
    }
  }

  @Test
  void message_ofAnyBytes_arrivesAsItIs() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    BusLab lab = lab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(heard, CHANGES);
    List<String> sent = new ArrayList<>();
    for (int size : new int[] {0, 1, 255, 65_536, 1 << 20}) {
      byte[] message = new byte[size];
      new Random(seed).nextBytes(message);
      sent.add(BusLab.text(message));
    }

    publish(connection, CHANGES, sent);

    await().untilAsserted(() -> assertThat(heard.texts(CHANGES)).hasSize(sent.size()));
    assertThat(heard.texts(CHANGES).equals(sent)).isTrue();
  }

  @Test
  void channels_areApart() throws Exception {
    BusLab lab = lab();
    Heard node = new Heard();
    Heard relay = new Heard();
    Heard both = new Heard();
    BusConnection fromNode = lab.connect(node, CHANGES);
    BusConnection fromRelay = lab.connect(relay, REQUESTS);
    lab.connect(both, CHANGES, REQUESTS);

    publish(fromNode, REQUESTS, List.of("request"));
    publish(fromRelay, CHANGES, List.of("change"));

    await().until(() -> both.messages().size() == 2);
    await().until(() -> node.messages().size() == 1 && relay.messages().size() == 1);
    assertThat(both.texts(CHANGES)).containsExactly("change");
    assertThat(both.texts(REQUESTS)).containsExactly("request");
    assertThat(node.texts(CHANGES)).containsExactly("change");
    assertThat(relay.texts(REQUESTS)).containsExactly("request");
  }

  @Test
  void message_thatNobodyHears_isConfirmed() throws Exception {
    BusConnection connection = lab().connect(new Heard());

    assertThat(connection.publish(CHANGES, bytes("alone"))).succeedsWithin(BusLab.PATIENCE);
  }

  @Test
  void message_publishedOnceConnectHasReturned_isHeard() throws Exception {
    BusLab lab = lab();
    BusConnection sender = lab.connect(new Heard());
    for (int i = 0; i < 20; i++) {
      Heard heard = new Heard();
      lab.connect(heard, CHANGES);
      publish(sender, CHANGES, List.of("at once"));
      await().until(() -> heard.texts(CHANGES).size() == 1);
    }
  }

  @Test
  void address_whereNobodyListens_isNamedWithoutPassword() throws Exception {
    int port = FreePort.next();
    String address = shared().replaceFirst("//.*", "//someone:very-secret@127.0.0.1:" + port);
    Bus bus = new BusLab(server().broker(), address).bus(BusLab.PATIENCE);
    Heard heard = new Heard();

    BusException refused =
        catchThrowableOfType(BusException.class, () -> bus.connect(Set.of(CHANGES), heard));

    assertThat(refused).hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("refused");
    assertThat(BusLab.everythingOf(refused)).doesNotContain("very-secret", "someone");
    assertThat(bus.toString()).doesNotContain("very-secret", "someone");
    assertThat(heard.lost()).isEmpty();
  }

  @Test
  void password_thatIsWrong_isRefusedAndNotShown() {
    Bus bus =
        new BusLab(server().broker(), server().address("someone", "very%2Dsecret"))
            .bus(BusLab.PATIENCE);

    BusException refused =
        catchThrowableOfType(BusException.class, () -> bus.connect(Set.of(), new Heard()));

    assertThat(refused).hasMessageMatching("(?s).*(WRONGPASS|ACCESS_REFUSED).*");
    assertThat(BusLab.everythingOf(refused))
        .doesNotContain("very-secret", "very%2Dsecret")
        .contains(bus.toString());
  }

  @Test
  void server_thatAcceptsAndNeverAnswers_isGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      String address = shared().replaceFirst("@.*", "@127.0.0.1:" + silent.getLocalPort());
      Bus bus = new BusLab(server().broker(), address).bus(Duration.ofSeconds(1));

      assertThatThrownBy(() -> bus.connect(Set.of(CHANGES), new Heard()))
          .isInstanceOf(BusException.class)
          .hasMessageContaining("127.0.0.1:" + silent.getLocalPort());
    }
  }

  @Test
  void connection_onceClosed_tellsAndSendsNothing() throws Exception {
    BusLab lab = lab();
    Heard heard = new Heard();
    BusConnection closed = lab.connect(heard, CHANGES);
    BusConnection other = lab.connect(new Heard());

    closed.close();
    closed.close();
    publish(other, CHANGES, List.of("later"));

    assertThatThrownBy(() -> closed.publish(CHANGES, bytes("no")).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(BusException.class);
    assertThat(heard.messages()).isEmpty();
    assertThat(heard.lost()).isEmpty();
  }

  @Test
  void listener_thatFails_losesTheConnection() throws Exception {
    BusLab lab = lab();
    AtomicReference<String> lost = new AtomicReference<>();
    AtomicInteger received = new AtomicInteger();
    BusListener failing =
        new BusListener() {
          @Override
          public void received(Channel channel, byte[] message) {
            received.incrementAndGet();
            throw new IllegalStateException("not understood");
          }

          @Override
          public void lost(String reason) {
            lost.set(reason);
          }
        };
    BusConnection connection = lab.connect(failing, CHANGES);
    BusConnection other = lab.connect(new Heard());

    publish(other, CHANGES, numbers(10));

    await().untilAsserted(() -> assertThat(lost.get()).contains("not understood"));
    assertThat(received).hasValue(1);
    assertThat(connection.publish(CHANGES, bytes("no"))).isCompletedExceptionally();
  }

  @Test
  void listener_thatCloses_doesNotHang() throws Exception {
    BusLab lab = lab();
    AtomicReference<BusConnection> connection = new AtomicReference<>();
    CountDownLatch closed = new CountDownLatch(1);
    Heard closing =
        new Heard() {
          @Override
          public void received(Channel channel, byte[] message) {
            connection.get().close();
            closed.countDown();
          }
        };
    connection.set(lab.connect(closing, CHANGES));

    publish(lab.connect(new Heard()), CHANGES, List.of("close"));

    assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void server_thatIsKilled_isLostOnce_andFoundAgainByANewConnection() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    Heard onlySender = new Heard();
    BusConnection connection = lab.connect(heard, CHANGES, REQUESTS);
    BusConnection sender = lab.connect(onlySender);

    server().kill();
    try {
      await().until(() -> heard.lost().size() == 1 && onlySender.lost().size() == 1);
      assertThat(heard.lost().get(0)).contains(lab.bus(SHORT).toString());
      assertThat(connection.publish(CHANGES, bytes("no"))).isCompletedExceptionally();
      assertThat(sender.publish(CHANGES, bytes("no"))).isCompletedExceptionally();
    } finally {
      server().restart();
    }

    connection.close();
    Heard again = new Heard();
    publish(lab.connect(again, CHANGES), CHANGES, List.of("again"));
    await().until(() -> again.texts(CHANGES).size() == 1);
    assertThat(heard.lost()).hasSize(1);
    assertThat(heard.broken()).isEmpty();
    assertThat(heard.messages()).isEmpty();
  }

  @Test
  void server_thatHangs_isLost_andWhatIsNotConfirmedFails() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(SHORT, heard, CHANGES);

    server().freeze();
    try {
      CompletableFuture<Void> unknown = connection.publish(CHANGES, bytes("perhaps"));
      await().until(() -> heard.lost().size() == 1);
      await().until(unknown::isCompletedExceptionally);
      connection.close();
    } finally {
      server().thaw();
    }
    assertThat(heard.lost()).hasSize(1);
    assertThat(heard.broken()).isEmpty();
  }

  @Test
  void close_whileTheServerTakesNothingIn_returns_andSoDoesWhoPublishes() throws Exception {
    BusLab lab = ownLab();
    Heard heard = new Heard();
    BusConnection connection = lab.connect(Duration.ofSeconds(60), heard, CHANGES);
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    AtomicInteger published = new AtomicInteger();
    byte[] message = new byte[1 << 20];

    server().freeze();
    try {
      CompletableFuture<Void> publisher =
          CompletableFuture.runAsync(
              () -> {
                // more than any socket buffer holds
                for (int i = 0; i < 50; i++) {
                  sent.add(connection.publish(CHANGES, message));
                  published.incrementAndGet();
                }
              });
      await().until(() -> published.get() > 0);
      CompletableFuture.runAsync(connection::close).get(30, TimeUnit.SECONDS);

      publisher.get(30, TimeUnit.SECONDS);
      assertThat(sent).hasSize(50);
      sent.forEach(one -> await().until(one::isCompletedExceptionally));
    } finally {
      server().thaw();
    }
    assertThat(heard.lost()).isEmpty();
  }

  @Test
  void connections_onceClosed_leaveNoThreads() throws Exception {
    await().untilAsserted(() -> assertThat(BusLab.clientThreads()).isEmpty());
    BusLab lab = lab();
    List<Heard> all = new ArrayList<>();
    BusConnection last = null;
    for (int i = 0; i < 50; i++) {
      Heard heard = new Heard();
      all.add(heard);
      last = lab.connect(heard, CHANGES);
    }
    publish(last, CHANGES, List.of("to all"));
    await().until(() -> all.stream().allMatch(one -> one.texts(CHANGES).size() == 1));
    System.out.println(BusLab.clientThreads().size() + " names of threads");

    lab.close();

    await().untilAsserted(() -> assertThat(BusLab.clientThreads()).isEmpty());
  }

  @Test
  void connect_thatIsRefused_leavesNoThreads() {
    BusLab refused = new BusLab(server().broker(), server().address("someone", "wrong"));

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> refused.connect(new Heard(), CHANGES))
          .isInstanceOf(BusException.class);
    }

    await().untilAsserted(() -> assertThat(BusLab.clientThreads()).isEmpty());
  }

  @Test
  void tls_trustsOnlyWhoTheJvmTrusts_underItsName() throws Exception {
    BusLab byName = keep(new BusLab(server().broker(), server().tlsAddress("localhost")));
    BusLab byNumber = keep(new BusLab(server().broker(), server().tlsAddress("127.0.0.1")));
    assertThatThrownBy(() -> byName.connect(new Heard(), CHANGES))
        .isInstanceOf(BusException.class)
        .hasMessageContaining("certification path");

    server()
        .certificate()
        .trustedWhile(
            () -> {
              Heard heard = new Heard();
              publish(byName.connect(heard, CHANGES), CHANGES, List.of("encrypted"));
              await().until(() -> heard.texts(CHANGES).size() == 1);
              assertThatThrownBy(() -> byNumber.connect(new Heard(), CHANGES))
                  .isInstanceOf(BusException.class)
                  .hasMessageContaining("127.0.0.1");
            });
  }
}
