package io.freshet.postgres.feed;

import io.freshet.postgres.feed.FeedRun.Delivery;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.wal.FeedUnavailableException;
import io.freshet.postgres.wal.MalformedReplicationException;
import io.freshet.postgres.wal.PgSnapshot;
import io.freshet.postgres.wal.TransactionReader;
import io.freshet.postgres.wal.Visibility;
import io.freshet.postgres.wal.WalEvent;
import io.freshet.postgres.wal.WalStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What logical replication sends. The reader's thread decodes and the side thread delivers, once
 * the server says that a commit is visible: {@link Visibility} tells why.
 *
 * <p>Barriers carry the name of the stream's own slot: those of other nodes come by as well.
 */
final class ReplicationStream implements Stream {

  /** What waits for the side thread; with more of it the reader waits, and then the server. */
  private static final int MOST_HELD = 10_000;

  /** Until what is on disk is visible it takes the server some microseconds, or a standby. */
  private static final long FIRST_RETRY_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /** Thousands of commits a second are asked about together. */
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

  private static final long LONGEST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final WalStream stream;
  private final TransactionReader transactions;
  private final Visibility visibility;
  private final String noncePrefix;
  private final Bell room = new Bell();
  private long retryNanos = FIRST_RETRY_NANOS;
  private long askedNanos = System.nanoTime() - LEAST_PAUSE_NANOS;

  private ReplicationStream(
      WalStream stream, TransactionReader transactions, Visibility visibility) {
    this.stream = stream;
    this.transactions = transactions;
    this.visibility = visibility;
    this.noncePrefix = stream.slotName() + ":";
  }

  static ReplicationStream open(
      FeedTarget target, Connection side, Coverage coverage, Opening opening, int maxKeys)
      throws SQLException, InterruptedException {
    try {
      WalStream stream = WalStream.connect(target.url(), target.properties(), Publication.NAME);
      try {
        opening.connected(stream::abort);
        SlotWait wait = SlotWait.begin(side, stream::abort, opening::waiting);
        try {
          stream.start();
        } finally {
          wait.end();
        }
        return new ReplicationStream(
            stream,
            new TransactionReader(coverage, maxKeys, partitioned(side, coverage)),
            new Visibility(WalStream.fence(side)));
      } catch (FeedUnavailableException
          | SQLException
          | InterruptedException
          | RuntimeException e) {
        stream.close();
        throw e;
      }
    } catch (FeedUnavailableException e) {
      throw new SQLException(e.getMessage(), e);
    }
  }

  /** Tables whose partitions may have, or be given, another replica identity than they. */
  private static Set<Long> partitioned(Connection side, Coverage coverage) throws SQLException {
    Long[] tables = coverage.tables().stream().map(Coverage.Table::oid).toArray(Long[]::new);
    try (PreparedStatement statement =
        side.prepareStatement(
            "select oid::bigint from pg_catalog.pg_class where relkind = 'p' and oid = any (?)")) {
      statement.setArray(1, side.createArrayOf("oid", tables));
      Set<Long> found = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getLong(1));
        }
      }
      return found;
    }
  }

  @Override
  public void read(Delivery delivery) throws SQLException {
    try {
      while (true) {
        WalEvent event = transactions.accept(stream.read());
        if (event != null) {
          visibility.add(event);
          if (visibility.size() == 1) {
            delivery.wakeSide(); // with more, it is about to look again anyway
          }
          while (visibility.size() > MOST_HELD) {
            room.await(LONGEST_RETRY_NANOS);
          }
        }
      }
    } catch (MalformedReplicationException e) {
      throw new SQLException("the replication stream cannot be understood: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw new SQLException("interrupted", e);
    }
  }

  @Override
  public void sendBarrier(Connection side, long nonce) throws SQLException {
    WalStream.sendBarrier(side, noncePrefix + nonce);
  }

  @Override
  public long deliverVisible(Connection side, Delivery delivery) throws SQLException {
    if (visibility.size() == 0) {
      return Long.MAX_VALUE;
    }
    long now = System.nanoTime();
    if (now - askedNanos < LEAST_PAUSE_NANOS) {
      return LEAST_PAUSE_NANOS - (now - askedNanos);
    }
    askedNanos = now;
    long mark = visibility.mark();
    PgSnapshot snapshot = WalStream.snapshot(side);
    boolean delivered = false;
    for (WalEvent event : visibility.release(snapshot, mark)) {
      delivered = true;
      deliver(event, delivery);
    }
    room.ring();
    retryNanos = delivered ? FIRST_RETRY_NANOS : Math.min(LONGEST_RETRY_NANOS, retryNanos * 2);
    if (visibility.size() == 0) {
      return Long.MAX_VALUE;
    }
    return retryNanos;
  }

  private void deliver(WalEvent event, Delivery delivery) {
    if (event instanceof WalEvent.Committed committed) {
      delivery.changes(committed.changes());
    } else if (event instanceof WalEvent.Announced announced) {
      delivery.changes(announced.changes());
    } else if (event instanceof WalEvent.Barrier barrier
        && barrier.nonce().startsWith(noncePrefix)) {
      delivery.barrierReturned(Long.parseLong(barrier.nonce().substring(noncePrefix.length())));
    }
  }

  @Override
  public void abort() {
    stream.abort();
  }

  @Override
  public void close() {
    stream.close();
  }
}
