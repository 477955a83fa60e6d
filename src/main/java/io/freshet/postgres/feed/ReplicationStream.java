package io.freshet.postgres.feed;

import io.freshet.change.LogPosition;
import io.freshet.concurrent.Bell;
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
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What logical replication sends. The reader's thread decodes and the side thread delivers, once
 * the server says that a commit is visible: {@link Visibility} tells why.
 *
 * <p>Barriers carry the stream's own name: those of other nodes come by as well, and a permanent
 * slot sends again those of earlier streams.
 *
 * <h2>How far it has come</h2>
 *
 * Of a permanent slot the listener is told the low-water mark of {@link Visibility#toldTo}, always
 * after what lies before it: the side thread alone releases and delivers, and asks for the mark
 * when it has. Commits that are of no interest move it on as well, but only when something wakes
 * the side thread: the next barrier does, whose own record is behind them in the log. So a slot
 * keeps no log of writes that nobody tracks for longer than barriers are apart.
 */
final class ReplicationStream implements Stream {

  /** What waits for the side thread; with more of it the reader waits, and then the server. */
  private static final int MOST_HELD = 10_000;

  /** Until what is on disk is visible it takes the server some microseconds, or a standby. */
  private static final long FIRST_RETRY_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /** Thousands of commits a second are asked about together. */
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

  /**
   * With a permanent slot the server is asked even if nothing waits. A server that shuts down ends
   * ordinary sessions first, and then waits until every log sender's client has confirmed all there
   * is ({@code WalSndDone} in {@code walsender.c}), which nobody here would: so it must be noticed
   * that the side connection is gone.
   */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long LONGEST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final WalStream stream;
  private final TransactionReader transactions;
  private final Visibility visibility;
  private final @Nullable Durability durability;
  private final String noncePrefix;
  private final Bell room = new Bell();
  private long retryNanos = FIRST_RETRY_NANOS;
  private long askedNanos = System.nanoTime() - LEAST_PAUSE_NANOS;

  /**
   * A stream that was started.
   *
   * @param durability null for a temporary slot
   */
  ReplicationStream(
      WalStream stream,
      TransactionReader transactions,
      Visibility visibility,
      @Nullable Durability durability) {
    this.stream = stream;
    this.transactions = transactions;
    this.visibility = visibility;
    this.durability = durability;
    this.noncePrefix = stream.name() + ":";
  }

  /**
   * What is different with a permanent slot.
   *
   * @param goesOn whether an earlier stream was read up to the place where this one begins
   */
  record Durability(Progress progress, boolean goesOn) {}

  static ReplicationStream open(
      FeedTarget target, Connection side, Coverage coverage, Opening opening, int maxKeys)
      throws SQLException, InterruptedException {
    return open(
        target,
        null,
        opening,
        stream -> {
          SlotWait wait = SlotWait.begin(side, stream::abort, opening::waiting);
          try {
            stream.start();
          } finally {
            wait.end();
          }
          return new ReplicationStream(
              stream, reader(side, coverage, maxKeys), new Visibility(WalStream.fence(side)), null);
        });
  }

  /** What makes a stream of a connection. */
  @FunctionalInterface
  interface Begin {
    ReplicationStream on(WalStream stream)
        throws FeedUnavailableException, SQLException, InterruptedException;
  }

  /**
   * Connects, and begins; leaves no connection behind if that fails.
   *
   * @param patience as {@link WalStream#connect} takes it
   */
  static ReplicationStream open(
      FeedTarget target, @Nullable Duration patience, Opening opening, Begin begin)
      throws SQLException, InterruptedException {
    try {
      WalStream stream =
          WalStream.connect(target.url(), target.properties(), Publication.NAME, patience);
      try {
        opening.connected(stream::abort);
        return begin.on(stream);
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

  static TransactionReader reader(Connection side, Coverage coverage, int maxKeys)
      throws SQLException {
    return new TransactionReader(coverage, maxKeys, partitioned(side, coverage));
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
      readOn(delivery);
    } catch (SQLException e) {
      if (durability != null) {
        durability.progress().failed(e);
      }
      throw e;
    }
  }

  private void readOn(Delivery delivery) throws SQLException {
    try {
      while (true) {
        // of a message it is only known that it stands behind what was read before
        long before = transactions.readTo();
        WalEvent event = transactions.accept(stream.read());
        if (event != null) {
          visibility.add(
              event, event instanceof WalEvent.Committed ? transactions.commitStart() : before);
        }
        visibility.readTo(transactions.readTo());
        if (event != null) {
          if (visibility.size() == 1) {
            delivery.wakeSide(); // with more, it is about to look again anyway
          }
          while (visibility.size() > MOST_HELD) {
            room.await(LONGEST_RETRY_NANOS);
            stream.keepAlive();
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
    long now = System.nanoTime();
    if (visibility.size() == 0) {
      if (durability == null) {
        return Long.MAX_VALUE;
      } else if (now - askedNanos < IDLE_NANOS) {
        return IDLE_NANOS - (now - askedNanos);
      }
    }
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
    if (durability != null) {
      durability.progress().reached(visibility.toldTo()).ifPresent(delivery::reached);
    }
    retryNanos = delivered ? FIRST_RETRY_NANOS : Math.min(LONGEST_RETRY_NANOS, retryNanos * 2);
    if (visibility.size() == 0) {
      return durability == null ? Long.MAX_VALUE : IDLE_NANOS;
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
  public Optional<LogPosition> from() {
    return durability != null && durability.goesOn()
        ? Optional.of(durability.progress().beginning())
        : Optional.empty();
  }

  @Override
  public void acknowledge(LogPosition position) {
    if (durability != null) {
      durability.progress().acknowledge(position);
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
