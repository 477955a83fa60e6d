package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WalStreamTest {

  @BeforeEach
  void createTable() {
    WalServer.execute(
        "create table streamed (id int primary key, at timestamptz)",
        "create publication \"it's \"\"read\"\"\" for table streamed");
  }

  @AfterEach
  void dropTable() {
    WalServer.execute("drop publication \"it's \"\"read\"\"\"", "drop table streamed");
  }

  private static WalStream stream() throws FeedUnavailableException {
    return WalServer.stream("it's \"read\"");
  }

  private static Recorder recorder() throws Exception {
    return new Recorder(stream(), 1000, Recorder.table("public.streamed", List.of("id"), "at"));
  }

  /** The server gives up after four seconds of silence. */
  @Test
  void idleStream_answersTheServer_andGoesOn() throws Exception {
    try (Recorder recorder = recorder()) {
      String sql = "select reply_time from pg_stat_replication where application_name = 'freshet'";
      AtomicReference<String> first = new AtomicReference<>();
      await()
          .until(
              () -> {
                first.set(WalServer.query(sql));
                return first.get() != null; // it has answered once
              });
      await()
          .atMost(Duration.ofSeconds(15))
          .until(
              () ->
                  "t"
                      .equals(
                          WalServer.query(
                              "select reply_time > '"
                                  + first.get()
                                  + "'::timestamptz + interval '5s' from pg_stat_replication"
                                  + " where application_name = 'freshet'")));
      WalServer.execute("insert into streamed values (1)");
      assertThat(recorder.changes()).hasSize(1);
      assertThat(recorder.failure).isNull();
    }
  }

  @Test
  void whatWasReceived_isAcknowledged_soThatTheLogIsNotKept() throws Exception {
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into streamed select generate_series(1, 1000)");
      recorder.untilBarrier();
      String written = WalServer.query("select pg_current_wal_lsn()");
      await()
          .until(
              () ->
                  "t"
                      .equals(
                          WalServer.query(
                              "select confirmed_flush_lsn >= '"
                                  + written
                                  + "'::pg_lsn from pg_replication_slots where slot_name = '"
                                  + recorder.stream.slotName()
                                  + "'")));
    }
  }

  @Test
  void slot_isTemporary_andGoesWithTheConnection() throws Exception {
    String sql = "select temporary from pg_replication_slots where slot_name like 'freshet%'";
    try (Recorder recorder = recorder()) {
      assertThat(recorder.stream.slotName()).matches("freshet_[0-9a-f]{16}");
      assertThat(WalServer.query(sql)).isEqualTo("t");
    }
    await().until(() -> WalServer.query(sql) == null);
  }

  @Test
  void abort_fromAnotherThread_endsARead() throws Exception {
    try (WalStream stream = stream()) {
      stream.start();
      CompletableFuture<SQLException> ended = new CompletableFuture<>();
      Thread reader =
          new Thread(
              () -> {
                try {
                  while (true) {
                    stream.read();
                  }
                } catch (SQLException e) {
                  ended.complete(e);
                }
              });
      reader.start();
      await()
          .until(
              () ->
                  WalServer.query("select pid from pg_stat_replication where state = 'streaming'")
                      != null);
      stream.abort();
      assertThat((Throwable) ended.get(10, TimeUnit.SECONDS)).isNotNull();
      reader.join();
    }
  }

  @Test
  void valuesAreInUtc_whateverTheRolesSettingsAre() throws Exception {
    WalServer.execute(
        "alter role postgres set timezone = 'Asia/Tokyo'",
        "alter role postgres set datestyle = 'German'");
    try (Recorder recorder = recorder()) {
      WalServer.execute("insert into streamed values (1, '2026-01-02 03:04:05+00')");
      assertThat(recorder.changes().toString()).contains("at=2026-01-02 03:04:05+00");
    } finally {
      WalServer.execute(
          "alter role postgres reset timezone", "alter role postgres reset datestyle");
    }
  }

  @ParameterizedTest
  @MethodSource("waysToFlush")
  void barrier_comesBackWithoutAnyoneElseCommitting(boolean flushing) throws Exception {
    try (Recorder recorder = recorder()) {
      List<Long> micros = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        long sent = System.nanoTime();
        WalStream.sendBarrier(recorder.side, "n" + i, flushing);
        Recorder.Told told = recorder.next();
        assertThat(told.event()).isEqualTo(new WalEvent.Barrier("n" + i));
        micros.add((told.nanos() - sent) / 1000);
      }
      micros.sort(null);
      // without the flush it would be a third of a second
      assertThat(micros.get(150)).isLessThan(150_000);
    }
  }

  static Stream<Boolean> waysToFlush() {
    boolean both = Integer.parseInt(WalServer.query("show server_version_num")) >= 170000;
    return both ? Stream.of(true, false) : Stream.of(false);
  }

  @Test
  void barrier_inATransactionOrWithAnAmbiguousNonce_isRefused() throws Exception {
    try (Connection side = WalServer.connect()) {
      assertThatThrownBy(() -> WalStream.sendBarrier(side, "{}"))
          .isInstanceOf(IllegalArgumentException.class);
      side.setAutoCommit(false);
      assertThatThrownBy(() -> WalStream.sendBarrier(side, "n"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("autocommit");
      assertThatThrownBy(() -> WalStream.snapshot(side))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void url_forOrdinaryConnections_servesAllTheSame() throws Exception {
    String url = WalServer.URL + "&preferQueryMode=extended&socketTimeout=1&readOnly=true";
    try (WalStream stream = WalStream.connect(url, new Properties(), "it's \"read\"", null)) {
      stream.start();
      assertThatThrownBy(stream::start).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 10000", "60000, 10000", "2000, 400", "1, 1"})
  void statusInterval_isAFifthOfTheServersTimeout(int timeout, int interval) {
    assertThat(SenderTimeout.statusIntervalMillis(timeout)).isEqualTo(interval);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* | true",
        "ANY 1 (a, *) | true",
        "\"*\" | false",
        "FIRST 2 (a, b) | false",
        "'' | false"
      })
  void star_makesEveryClientAStandby(String setting, boolean matches) {
    assertThat(WalStream.matchesAnyStandby(setting)).isEqualTo(matches);
  }
}
