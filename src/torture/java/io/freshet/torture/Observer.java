package io.freshet.torture;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads the journal again and again, and notes when a transaction was first seen there. While the
 * database does not answer it knows less, never something wrong. One thread runs it; the rest is
 * for afterwards.
 */
final class Observer implements AutoCloseable {

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(4);

  // a transaction below the horizon of one look had ended by then, and was seen with it
  private static final String LOOK =
      """
      select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, j.seq, j.xid, j.tx, j.tbl, j.key,
          j.state
        from (select) one left join journal j on j.xid >= ?
      """;

  /**
   * After a crash PostgreSQL gives out again the transaction ids whose records had not reached the
   * disk, such as those of rollbacks. So many at most: it writes its log five times a second.
   */
  private static final long LOST_IDS = 10_000;

  private record Version(long sequence, String transaction, Finding.Row row) {}

  private final String url;
  private final Thread thread;
  private final List<Version> versions = new ArrayList<>();
  private final Map<String, Span> seen = new HashMap<>();
  private final BitSet known = new BitSet();
  private long horizon;
  private long looked = Long.MIN_VALUE;
  private volatile boolean running = true;

  Observer(String url) {
    this.url =
        url
            + "&ApplicationName=torture-observer&socketTimeout=20&options=-c%20enable_seqscan%3Doff";
    this.thread = new Thread(this::run, "observer");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (running) {
      try (Connection connection = DriverManager.getConnection(url);
          PreparedStatement statement = connection.prepareStatement(LOOK)) {
        horizon = Math.max(0, horizon - LOST_IDS);
        while (running) {
          look(statement);
          LockSupport.parkNanos(PAUSE);
        }
        // once more, when all writers have ended
        look(statement);
      } catch (SQLException e) {
        LockSupport.parkNanos(10 * PAUSE);
      }
    }
  }

  private void look(PreparedStatement statement) throws SQLException {
    statement.setLong(1, horizon);
    long begin = System.nanoTime();
    List<Version> found = new ArrayList<>();
    long next = horizon;
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        next = rows.getLong(1);
        long sequence = rows.getLong(2);
        if (!rows.wasNull()) {
          found.add(version(rows, sequence));
        }
      }
    }
    long end = System.nanoTime();
    for (Version version : found) {
      int sequence = Math.toIntExact(version.sequence);
      if (!known.get(sequence)) {
        known.set(sequence);
        versions.add(version);
        seen.putIfAbsent(version.transaction, new Span(looked, end));
      }
    }
    horizon = next;
    looked = begin;
  }

  private static Version version(ResultSet rows, long sequence) throws SQLException {
    String label = rows.getString(4);
    return new Version(
        sequence,
        // a label can come twice where a session works without transactions
        (label == null ? "" : label) + "#" + rows.getLong(3),
        new Finding.Row(rows.getString(5), rows.getString(6), rows.getString(7)));
  }

  /** Ends it, and adds what it has seen. */
  void tell(History.Builder history) {
    close();
    for (Version version : versions) {
      history.version(version.sequence, version.transaction, version.row);
    }
    seen.forEach(history::observed);
  }

  /** Transactions by their label, for who knows only that. */
  Map<String, List<String>> labels() {
    Map<String, List<String>> labels = new HashMap<>();
    for (String transaction : seen.keySet()) {
      String label = transaction.substring(0, transaction.indexOf('#'));
      labels.computeIfAbsent(label, one -> new ArrayList<>()).add(transaction);
    }
    return labels;
  }

  @Override
  public void close() {
    running = false;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(60));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException("the observer does not end");
    }
  }
}
