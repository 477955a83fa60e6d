package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commits that are in the log and that nobody can see yet: their standby does not answer. */
class LateVisibilityTest {

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void createTable() {
    WalServer.execute(
        "drop table if exists slow",
        "create table slow (id int primary key, name text)",
        "insert into slow values (1, 'old'), (2, 'old')",
        "create publication late for table slow");
  }

  @AfterEach
  void clean() throws Exception {
    waitForStandby("");
    threads.shutdown();
    assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    WalServer.execute("drop publication late", "drop table slow");
  }

  @Test
  void commitThatWaitsForItsStandby_isReceivedAndHeld_whileOthersAndBarriersPass()
      throws Exception {
    try (Recorder recorder =
        new Recorder(
            WalServer.stream("late"), 1000, Recorder.table("public.slow", List.of("id")))) {
      Visibility visibility = new Visibility(WalStream.fence(recorder.side));
      waitForStandby("nobody");
      Future<?> hanging = hangingUpdate("update slow set name = 'new' where id = 1");

      // (a) it has come, and it is held
      WalEvent late = recorder.next().event();
      visibility.add(late);
      assertThat(release(visibility, recorder)).isEmpty();

      // (d) told now, it would be undone: who reads after the eviction caches the old row
      assertThat(WalServer.query("select name from slow where id = 1")).isEqualTo("old");

      // (b) others pass, and so does a barrier
      try (Connection writer = WalServer.connect()) {
        WalServer.execute(
            writer, "set synchronous_commit = local", "update slow set name = 'new' where id = 2");
      }
      WalEvent visible = recorder.next().event();
      visibility.add(visible);
      WalStream.sendBarrier(recorder.side, "b");
      WalEvent barrier = recorder.next().event();
      visibility.add(barrier);
      assertThat(release(visibility, recorder))
          .containsExactly(visible, barrier)
          .last()
          .isEqualTo(new WalEvent.Barrier("b"));
      assertThat(hanging.isDone()).isFalse();

      // the way for servers before 17 does not wait for the standby either
      WalStream.sendBarrier(recorder.side, "c", false);
      visibility.add(recorder.next().event());
      assertThat(release(visibility, recorder)).containsExactly(new WalEvent.Barrier("c"));

      // (c) once everybody can see it, it is told
      waitForStandby("");
      hanging.get(20, TimeUnit.SECONDS);
      assertThat(WalServer.query("select name from slow where id = 1")).isEqualTo("new");
      assertThat(release(visibility, recorder)).containsExactly(late);
      assertThat(visibility.size()).isZero();
    }
  }

  /** Creating the slot waits for a commit that hangs at that time: so it ends before the stream. */
  @Test
  void commitThatHangsWhenTheSlotIsCreated_hasEndedWhenTheStreamStarts() throws Exception {
    waitForStandby("nobody");
    Future<?> hanging = hangingUpdate("update slow set name = 'new' where id = 1");
    try (WalStream stream = WalServer.stream("late")) {
      Future<?> started = threads.submit(() -> start(stream));
      await().until(() -> walSenderWaitsFor() != null);
      assertThat(started.isDone()).isFalse();

      waitForStandby("");
      hanging.get(20, TimeUnit.SECONDS);
      started.get(20, TimeUnit.SECONDS);
    }
  }

  /**
   * The hole: a commit that began after the last list of running transactions that slot creation
   * waited for, and was written before the slot's consistent point. It is never told.
   */
  @Test
  void commitInTheHoleBeforeTheSlot_isNeverTold_andTheFenceHoldsBarriersUntilItHasEnded()
      throws Exception {
    try (Connection first = WalServer.connect();
        Connection second = WalServer.connect();
        WalStream stream = WalServer.stream("late")) {
      WalServer.execute(first, "begin");
      String firstXid = WalServer.query(first, "select pg_current_xact_id()");
      Future<Recorder> recording =
          threads.submit(
              () -> new Recorder(stream, 1000, Recorder.table("public.slow", List.of("id"))));
      await().until(() -> firstXid.equals(walSenderWaitsFor()));

      WalServer.execute(second, "begin");
      String secondXid = WalServer.query(second, "select pg_current_xact_id()");
      WalServer.execute(first, "rollback");
      await().until(() -> secondXid.equals(walSenderWaitsFor()));

      waitForStandby("nobody");
      Future<?> hanging = hangingUpdate("update slow set name = 'new' where id = 1");
      WalServer.execute(second, "rollback");

      try (Recorder recorder = recording.get(20, TimeUnit.SECONDS)) {
        PgSnapshot atStart = WalStream.snapshot(recorder.side);
        Visibility visibility = new Visibility(WalStream.fence(recorder.side));
        assertThat(recorder.untilBarrier()).as("what is told of the hanging commit").isEmpty();
        assertThat(WalServer.query("select name from slow where id = 1")).isEqualTo("old");

        WalEvent barrier = new WalEvent.Barrier("b");
        visibility.add(barrier);
        assertThat(release(visibility, recorder)).isEmpty();

        // xmax of a snapshot is no fence: the commit in the hole is beyond it
        Visibility deceived = new Visibility(atStart.xmax());
        deceived.add(barrier);
        assertThat(release(deceived, recorder)).containsExactly(barrier);

        waitForStandby("");
        hanging.get(20, TimeUnit.SECONDS);
        assertThat(release(visibility, recorder)).containsExactly(barrier);
        assertThat(WalServer.query("select name from slow where id = 1")).isEqualTo("new");
        assertThat(recorder.untilBarrier()).isEmpty();
      }
    }
  }

  @Test
  void start_thatWaitsForAWriter_canBeAborted() throws Exception {
    try (Connection writer = WalServer.connect();
        WalStream stream = WalServer.stream("late")) {
      WalServer.execute(writer, "begin", "select pg_current_xact_id()");
      Future<?> started = threads.submit(() -> start(stream));
      await().until(() -> walSenderWaitsFor() != null);

      stream.abort();

      assertThat(started.get(20, TimeUnit.SECONDS)).isInstanceOf(FeedUnavailableException.class);
      WalServer.execute(writer, "rollback");
    }
  }

  private static Object start(WalStream stream) {
    try {
      stream.start();
      return stream;
    } catch (FeedUnavailableException e) {
      return e;
    }
  }

  private static List<WalEvent> release(Visibility visibility, Recorder recorder) throws Exception {
    long mark = visibility.mark();
    return new ArrayList<>(visibility.release(WalStream.snapshot(recorder.side), mark));
  }

  /** Begins an update whose commit waits for a standby, and returns once it does. */
  private Future<?> hangingUpdate(String sql) {
    Future<?> update = threads.submit(() -> WalServer.execute(sql));
    await()
        .until(
            () ->
                "1"
                    .equals(
                        WalServer.query(
                            "select count(*) from pg_stat_activity where wait_event = 'SyncRep'")));
    return update;
  }

  /** The transaction whose end a slot that is being created waits for, or null. */
  private static String walSenderWaitsFor() {
    return WalServer.query(
        "select l.transactionid from pg_locks l join pg_stat_activity a using (pid)"
            + " where not l.granted and a.backend_type = 'walsender'"
            + " and l.locktype = 'transactionid'");
  }

  private static void waitForStandby(String name) {
    WalServer.execute(
        "alter system set synchronous_standby_names = '" + name + "'", "select pg_reload_conf()");
    // the checkpointer tells the backends whether there is anybody to wait for
    await().until(() -> name.equals(WalServer.query("show synchronous_standby_names")));
  }
}
