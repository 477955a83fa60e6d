package io.freshet.postgres.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.RowChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.wal.SlotState;
import io.freshet.testing.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may befall a permanent slot: on a server of its own. */
class DurableFaultsTest {

  private static final String SLOT = "relay";
  private static final TrackedTable PRODUCT =
      new TrackedTable(TableName.of("product"), Set.of("id"), Set.of());

  @TempDir static Path directory;
  private static EmbeddedPostgres server;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeAll
  static void startServer() throws Exception {
    start();
  }

  private static void start() throws Exception {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(Files.createDirectories(directory.resolve("data")))
            .setCleanDataDirectory(false)
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_prepared_transactions", "5")
            .setServerConfig("max_connections", "40")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("min_wal_size", "32MB")
            .setServerConfig("max_wal_size", "32MB")
            .setServerConfig("fsync", "off");
    builder.setPort(server == null ? FreePort.next() : server.getPort());
    server = builder.start();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @BeforeEach
  void create() throws Exception {
    execute("create table product (id int primary key, name text)", "create table other (x text)");
  }

  @AfterEach
  void clean() throws Exception {
    waitForStandby("");
    threads.shutdown();
    assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    execute("alter system reset max_slot_wal_keep_size", "select pg_reload_conf()");
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(
            () ->
                execute(
                    "select pg_drop_replication_slot(slot_name) from pg_replication_slots",
                    "drop publication if exists freshet",
                    "drop schema if exists freshet cascade",
                    "drop table if exists product, other"));
  }

  private static String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  private static void execute(String... statements) throws Exception {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String query(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  private static SlotState state() throws Exception {
    try (Connection side = DriverManager.getConnection(url())) {
      return SlotState.read(side, SLOT);
    }
  }

  private static Heard open() {
    PostgresFeed.Tracked tracked = Heard.installing(new Publication(), PRODUCT);
    return Heard.of(PostgresFeed.ofDurableReplication(Heard.plan(url(), tracked), 1000, SLOT));
  }

  private static long confirmed() throws Exception {
    return Long.parseLong(
        query(
            "select (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint from pg_replication_slots where"
                + " slot_name = '"
                + SLOT
                + "'"));
  }

  private static void waitUntilConfirmed(Heard heard, LogPosition position) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              heard.feed.requestBarrier();
              return confirmed() >= position.offset();
            });
  }

  private static void waitForStandby(String name) throws Exception {
    execute(
        "alter system set synchronous_standby_names = '" + name + "'", "select pg_reload_conf()");
    await().until(() -> name.equals(query("show synchronous_standby_names")));
  }

  @Test
  void preparedTransactionCommittedMeanwhile_isTold() throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp();
      execute("begin; insert into product values (1, 'x'); prepare transaction 'p'");
      heard.caughtUp();
      heard.feed.acknowledge(heard.lastReached());
      waitUntilConfirmed(heard, heard.lastReached());
      assertThat(heard.text()).doesNotContain("id=1");
    }
    execute("commit prepared 'p'");
    try (Heard heard = open()) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().from()).isPresent();
      assertThat(heard.text()).contains("id=1");
    }
  }

  @Test
  void serverRestart_streamGoesOnFromItsPlace() throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp();
      execute("insert into product values (1, 'x')");
      heard.caughtUp();
      server.close();
      start();
      execute("insert into product values (2, 'x')");
      await().atMost(Duration.ofSeconds(60)).until(() -> heard.beginnings.size() > 1);
      heard.caughtUp();
      assertThat(heard.beginnings.get(0).from()).isEmpty();
      assertThat(heard.lastBeginning().from()).isPresent();
      assertThat(heard.text()).contains("id=2");
    }
  }

  @Test
  void lostSlot_isMadeAnew_withoutPlace() throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp();
    }
    execute("alter system set max_slot_wal_keep_size = '1MB'", "select pg_reload_conf()");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              execute(
                  "insert into other select repeat('x', 1000) from generate_series(1, 5000)",
                  "select pg_switch_wal()",
                  "checkpoint");
              return state().isLost();
            });
    try (Heard heard = open()) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().from()).isEmpty();
      assertThat(state().isLost()).isFalse();
      execute("insert into product values (1, 'x')");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=1");
      assertThat(state().safeWalSize()).isNotNull();
    }
  }

  /** The mark is before the commit that nobody can see, and so is what the server sends again. */
  @Test
  void invisibleCommit_keepsTheMarkBack_andComesAgain() throws Exception {
    LogPosition mark;
    Future<?> hanging;
    try (Heard heard = open()) {
      heard.caughtUp();
      waitForStandby("nobody");
      hanging =
          threads.submit(
              () -> {
                execute("insert into product values (1, 'x')");
                return null;
              });
      await()
          .until(
              () ->
                  "1"
                      .equals(
                          query(
                              "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")));
      long written = Long.parseLong(query("select (pg_current_wal_lsn() - '0/0')::bigint"));
      execute("set synchronous_commit = local; insert into product values (2, 'x')");
      heard.caughtUp();
      assertThat(heard.text()).contains("id=2").doesNotContain("id=1");
      heard.caughtUp();
      mark = heard.lastReached();
      assertThat(mark.offset()).isLessThan(written);
      heard.feed.acknowledge(new LogPosition(mark.history(), Long.MAX_VALUE));
      waitUntilConfirmed(heard, mark);
      assertThat(confirmed()).isLessThan(written);
    }
    waitForStandby("");
    hanging.get(20, TimeUnit.SECONDS);
    try (Heard heard = open()) {
      heard.caughtUp();
      assertThat(heard.lastBeginning().from()).contains(mark);
      assertThat(heard.text()).contains("id=1");
    }
  }

  /** Before the permanent slot is there, commits that are in the log but hidden have ended. */
  @Test
  void newSlot_waitsForAnInvisibleCommit() throws Exception {
    try (Heard heard = open()) {
      heard.caughtUp(); // so that there is nothing to install any more
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> state().activePid() == null);
    execute("select pg_drop_replication_slot('" + SLOT + "')");
    waitForStandby("nobody");
    Future<?> hanging =
        threads.submit(
            () -> {
              execute("insert into product values (1, 'x')");
              return null;
            });
    await()
        .until(
            () ->
                "1"
                    .equals(
                        query(
                            "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")));
    try (Heard heard = open()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> !heard.waited.isEmpty());
      assertThat(heard.beginnings).isEmpty();
      assertThat(state().exists()).isFalse();
      waitForStandby("");
      hanging.get(20, TimeUnit.SECONDS);
      heard.caughtUp();
      assertThat(heard.lastBeginning().from()).isEmpty();
    }
  }

  /**
   * A client that keeps what it was told, applies it, and comes back with the place that it knows:
   * all that was committed before a barrier has been told, in this run or an earlier one that it
   * may build on.
   */
  @Test
  void randomRuns_nothingIsMissing() throws Exception {
    long seed = Long.getLong("random.seed", System.nanoTime());
    System.out.println("DurableFaultsTest seed " + seed);
    Random random = new Random(seed);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger next = new AtomicInteger();
    Set<Integer> committed = ConcurrentHashMap.newKeySet();
    List<Future<?>> writers = new ArrayList<>();
    open().caughtUp().close();
    Set<Integer> known = new HashSet<>();
    LogPosition place = null;
    int goesOn = 0;
    try {
      for (int i = 0; i < 3; i++) {
        Random own = new Random(random.nextLong());
        writers.add(threads.submit(() -> write(own, stop, next, committed)));
      }
      for (int run = 0; run < 8; run++) {
        try (Heard heard = open()) {
          await().atMost(Duration.ofSeconds(30)).until(() -> !heard.beginnings.isEmpty());
          LogPosition from = heard.lastBeginning().from().orElseThrow();
          if (place == null || !place.hasReached(from)) {
            // as a reset: whatever was visible at the beginning counts as known
            known.addAll(committed);
          } else {
            goesOn++;
          }
          int rounds = random.nextInt(4);
          for (int i = 0; i < rounds; i++) {
            Set<Integer> expected = Set.copyOf(committed);
            heard.caughtUp();
            known.addAll(ids(heard.changes));
            assertThat(known).as("seed %d, run %d", seed, run).containsAll(expected);
            if (!heard.reached.isEmpty() && random.nextBoolean()) {
              LogPosition to = heard.reached.get(random.nextInt(heard.reached.size()));
              heard.feed.acknowledge(to);
            }
          }
          heard.feed.close();
          known.addAll(ids(heard.changes));
          if (!heard.reached.isEmpty()) {
            place = heard.lastReached();
          }
        }
      }
    } finally {
      stop.set(true);
    }
    for (Future<?> writer : writers) {
      writer.get(30, TimeUnit.SECONDS);
    }
    try (Heard heard = open()) {
      heard.caughtUp();
      known.addAll(ids(heard.changes));
      assertThat(known).as("seed %d", seed).containsAll(committed);
    }
    assertThat(goesOn).as("seed %d", seed).isPositive();
    assertThat(committed).hasSizeGreaterThan(20);
  }

  private static Void write(
      Random random, AtomicBoolean stop, AtomicInteger next, Set<Integer> committed)
      throws Exception {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stop.get()) {
        List<Integer> written = new ArrayList<>();
        int rows = 1 + random.nextInt(3);
        for (int i = 0; i < rows; i++) {
          int id = next.incrementAndGet();
          statement.execute("insert into product values (" + id + ", 'x')");
          written.add(id);
        }
        statement.execute("insert into other values ('x')");
        statement.execute("select pg_sleep(" + random.nextInt(10) / 1000.0 + ")");
        switch (random.nextInt(6)) {
          case 0 -> connection.rollback();
          case 1 -> {
            String name = "t" + written.get(0);
            statement.execute("prepare transaction '" + name + "'");
            connection.commit();
            connection.setAutoCommit(true);
            statement.execute("commit prepared '" + name + "'");
            connection.setAutoCommit(false);
            committed.addAll(written);
          }
          default -> {
            connection.commit();
            committed.addAll(written);
          }
        }
      }
    }
    return null;
  }

  private static Set<Integer> ids(List<ChangeSet> changes) {
    Set<Integer> ids = new HashSet<>();
    for (ChangeSet set : changes) {
      for (Change change : set.changes()) {
        if (change instanceof RowChange row) {
          ids.add(Integer.valueOf((String) row.after().get("id")));
        }
      }
    }
    return ids;
  }
}
