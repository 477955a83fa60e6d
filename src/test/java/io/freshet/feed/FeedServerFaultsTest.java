package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.feed.FaultyNode.Backend;
import io.freshet.testing.PrivateServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.postgresql.ds.PGSimpleDataSource;

/** Something happens to the server itself, or to what it keeps for its feeds. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeedServerFaultsTest {

  private static final int LARGE = 7_900;

  private PrivateServer server;

  @BeforeAll
  void start() {
    server = PrivateServer.start("max_notify_queue_pages", "64", "max_slot_wal_keep_size", "1MB");
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void serverRestarted_underLoad_bothFeedsComeBack() throws Exception {
    String told = server.database();
    String logged = server.database();
    AtomicBoolean over = new AtomicBoolean();
    try (FaultyNode listening = unpooled(told, "notify");
        FaultyNode replicating = unpooled(logged, "wal")) {
      listening.note();
      CompletableFuture<Void> load =
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  quietly(listening);
                  quietly(replicating);
                }
              });
      server.stop();
      for (FaultyNode node : new FaultyNode[] {listening, replicating}) {
        node.awaitClosed();
        awaitThat(() -> node.feed().counts().reconnects() > 0);
        assertThat(node.feed().reason()).contains("127.0.0.1:" + server.port());
      }
      server.startAgain();
      awaitThat(() -> listening.feed().open() && replicating.feed().open());
      over.set(true);
      load.get(20, TimeUnit.SECONDS);
      listening.awaitHealed();
      replicating.awaitHealed();
      listening.requireReconnected();
      assertThat(replicating.feed().counts().resets()).isGreaterThan(1);
    }
  }

  /** A pool would hand out connections that the restart has ended. */
  private static FaultyNode unpooled(String url, String feed) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    return FaultyNode.on(url, feed, s -> s.with("hibernate.connection.datasource", source));
  }

  private static void quietly(FaultyNode node) {
    try {
      node.changeInside();
      node.changeOutside();
    } catch (RuntimeException e) {
      // the server is down
    }
  }

  @Test
  void notificationQueueFilled_writersGoOn_andNothingStaleIsServed() throws Exception {
    String url = server.database();
    try (FaultyNode node = FaultyNode.on(url, "notify")) {
      assertThat(node.logged("FRESHET-045").get(0)).contains("max_notify_queue_pages = 64");
      node.note();
      try (Connection stuck = DriverManager.getConnection(url)) {
        execute(stuck, "listen anything");
        stuck.setAutoCommit(false);
        execute(stuck, "select 1");

        // half full: changes are noted instead of told
        while (Double.parseDouble(node.ask("select pg_notification_queue_usage()")) < 0.6) {
          node.outside("select pg_notify('other', repeat('x', %d) || %d)".formatted(LARGE, 1));
        }
        int price = node.changeOutside();
        awaitThat(() -> node.price() == price);
        awaitThat(() -> node.feed().counts().resets() >= 2);
        node.awaitHealed();
        node.requireReconnected();

        // full: not even a barrier passes
        assertThatThrownBy(
                () -> {
                  while (true) {
                    node.outside("select pg_notify('other', repeat('y', %d))".formatted(LARGE));
                  }
                })
            .hasStackTraceContaining("too many notifications");
        node.requireFreshWhileBroken();
        awaitThat(() -> node.feed().reason().contains("too many notifications"));
        node.note();
      }
      // without anybody else doing anything
      awaitThat(() -> node.feed().open());
      node.awaitHealed();
      assertThat(node.feed().counts().resets()).isGreaterThan(2);
    }
  }

  @Test
  void standbyDoesNotAnswer_otherCommitsPass() throws Exception {
    String url = server.database() + "&options=-c%20synchronous_commit=local";
    try (FaultyNode node = FaultyNode.on(url, "wal")) {
      node.outside("insert into item (id, price) values (2, 1)");
      int before = node.price();
      node.outside(
          "alter system set synchronous_standby_names = 'nobody'", "select pg_reload_conf()");
      CompletableFuture<Void> waiting;
      try {
        awaitThat(() -> node.ask("show synchronous_standby_names").equals("nobody"));
        waiting =
            CompletableFuture.runAsync(
                () ->
                    node.outside(
                        "set synchronous_commit = on", "update item set price = 7 where id = 2"));
        awaitThat(
            () ->
                !PrivateServer.query(
                        url, "select 1 from pg_stat_activity where wait_event = 'SyncRep'")
                    .isEmpty());
        assertThat(node.price()).isEqualTo(before);

        node.awaitHealed();
        node.changeInside();

        assertThat(waiting).isNotDone();
        assertThat(price(node, 2)).isEqualTo(1);
        awaitThat(() -> node.feed().open());
      } finally {
        node.outside("alter system reset synchronous_standby_names", "select pg_reload_conf()");
      }
      waiting.get(20, TimeUnit.SECONDS);
      awaitThat(() -> price(node, 2) == 7);
    }
  }

  private static int price(FaultyNode node, long id) {
    return node.factory.fromTransaction(session -> session.find(Shelf.Item.class, id).price);
  }

  @Test
  void slotTakenAway_theFeedMakesAnother() {
    String url = server.database();
    try (Wire wire = Wire.to(server.port());
        FaultyNode node =
            FaultyNode.on(url, "wal", s -> s.with("freshet.feed.url", wire.through(url)))) {
      node.note();
      String slot = node.ask("select slot_name from pg_replication_slots where active");
      wire.freeze();
      awaitThat(
          () -> {
            node.outside("select pg_logical_emit_message(false, 'x', 'x')");
            node.outside("select pg_switch_wal()", "checkpoint");
            return PrivateServer.query(
                    url,
                    "select 1 from pg_replication_slots where slot_name = '%s' and wal_status <>"
                            .formatted(slot)
                        + " 'lost'")
                .isEmpty();
          });
      node.requireFreshWhileBroken();

      wire.thaw();

      node.awaitHealed();
      node.requireReconnected();
      assertThat(node.ask("select slot_name from pg_replication_slots where active"))
          .isNotEqualTo(slot);
    }
  }

  @Test
  void transactionWritesWhileTheSlotIsMade_theReasonNamesIt_andTheGateOpensWhenItEnds()
      throws Exception {
    String url = server.database();
    try (FaultyNode node = FaultyNode.on(url, "wal");
        Connection writer = DriverManager.getConnection(url)) {
      node.note();
      String pid = beginToWrite(writer);

      node.ask("select pg_terminate_backend(" + node.backend(Backend.SENDER) + ")");

      awaitThat(() -> node.feed().reason().contains("pid " + pid));
      assertThat(node.feed().reason()).contains("replication slot waits", "PostgreSQL JDBC Driver");
      node.requireFreshWhileBroken();
      assertThat(node.feed().open()).isFalse();
      execute(writer, "insert into item (id, price) values (3, 3)");
      writer.commit();
      node.awaitHealed();
      node.requireReconnected();
      assertThat(price(node, 3)).isEqualTo(3);
    }
  }

  @Test
  void closedWhileTheSlotWaits_returnsAtOnce() throws Exception {
    String url = server.database();
    try (Connection writer = DriverManager.getConnection(url)) {
      FaultyNode node = FaultyNode.on(url, "wal");
      String pid = beginToWrite(writer);
      node.ask("select pg_terminate_backend(" + node.backend(Backend.SENDER) + ")");
      awaitThat(() -> node.feed().reason().contains("pid " + pid));

      // far less than the writer would take
      CompletableFuture.runAsync(node::close).get(20, TimeUnit.SECONDS);

      writer.rollback();
    }
  }

  private static String beginToWrite(Connection writer) throws SQLException {
    writer.setAutoCommit(false);
    try (Statement statement = writer.createStatement();
        var row = statement.executeQuery("select pg_backend_pid(), pg_current_xact_id()")) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
