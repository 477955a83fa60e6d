package io.freshet.postgres.feed;

import io.freshet.concurrent.Threads;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Watches a replication slot being created, which takes until every transaction that was writing
 * has ended: says whom it waits for, and ends it when the server does not answer any more. Has the
 * side connection to itself until {@link #end}.
 */
final class SlotWait {

  private static final String WRITERS =
      """
      select pg_catalog.string_agg(
        case when l.pid is null then 'a prepared transaction' else pg_catalog.concat(
          'pid ', l.pid, ' (' || nullif(a.application_name, '') || ')',
          ', since ' || pg_catalog.date_trunc('second', a.xact_start)) end, '; '
        order by a.xact_start)
      from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
        and l.pid is distinct from pg_catalog.pg_backend_pid()""";

  private final Connection side;
  private final Runnable abort;
  private final Consumer<String> waiting;
  private final CountDownLatch created = new CountDownLatch(1);
  private final Thread thread = Threads.daemon("freshet-feed-slot", this::watch);

  private SlotWait(Connection side, Runnable abort, Consumer<String> waiting) {
    this.side = side;
    this.abort = abort;
    this.waiting = waiting;
  }

  /**
   * Begins to watch.
   *
   * @param side fails by itself when the server does not answer
   * @param abort ends the creation of the slot
   * @param waiting told what it waits for
   */
  static SlotWait begin(Connection side, Runnable abort, Consumer<String> waiting) {
    SlotWait wait = new SlotWait(side, abort, waiting);
    wait.thread.start();
    return wait;
  }

  private void watch() {
    try (Statement statement = side.createStatement()) {
      while (!created.await(1, TimeUnit.SECONDS)) {
        tell(statement, waiting);
      }
    } catch (SQLException | InterruptedException e) {
      abort.run();
    }
  }

  /** Says once whom a slot waits for, if it waits for anybody. */
  static void tell(Connection side, Consumer<String> waiting) throws SQLException {
    try (Statement statement = side.createStatement()) {
      tell(statement, waiting);
    }
  }

  private static void tell(Statement statement, Consumer<String> waiting) throws SQLException {
    try (ResultSet writers = statement.executeQuery(WRITERS)) {
      String found = writers.next() ? writers.getString(1) : null;
      if (found != null) {
        waiting.accept(
            "a replication slot waits until the transactions that write at the moment have ended: "
                + found);
      }
    }
  }

  /** The slot is there, or will never be: the side connection is free again. */
  void end() {
    created.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
        Quietly.abort(side);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
