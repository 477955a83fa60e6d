package io.freshet.postgres.feed;

import io.freshet.change.ChangeFeed;
import io.freshet.change.LogPosition;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.concurrent.Backoff;
import io.freshet.concurrent.Bell;
import io.freshet.concurrent.Threads;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Tracking;
import io.freshet.postgres.wal.DurableSlot;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed straight from PostgreSQL that heals itself. Thread-safe.
 *
 * <p>It is either connected, with one {@link FeedRun} that delivers, or trying to be. Each attempt
 * begins with a look at what tells of changes: with a gap there (a table whose trigger is gone, a
 * publication without it) nothing is delivered, since nothing could be trusted; what the user has
 * allowed to install is installed anew. Attempts follow each other ever more slowly, up to five
 * seconds.
 */
public final class PostgresFeed implements ChangeFeed {

  private static final Logger LOG = LoggerFactory.getLogger(PostgresFeed.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final FeedTarget target;
  private final Stream.Source source;
  private final Tracked tracked;
  private final Consumer<Coverage> resolved;
  private final Bell bell = new Bell();
  private final AtomicBoolean requested = new AtomicBoolean();
  private final Counters counters = new Counters();
  private final Backoff backoff = Backoff.of(FIRST_PAUSE, LONGEST_PAUSE);
  private final Thread thread = Threads.daemon("freshet-feed", this::keepRunning);
  private volatile @Nullable Listener listener;
  private volatile boolean closed;
  private volatile boolean mayRecover;
  private volatile Runnable cut = () -> {};
  private volatile @Nullable Stream stream;
  private final AtomicReference<@Nullable LogPosition> acknowledged = new AtomicReference<>();

  /**
   * What the feed relies on. Immutable.
   *
   * @param tracking what makes the database tell of changes
   * @param scope which tables; asked at each beginning
   * @param checked whether to look for gaps; else it is trusted that there are none
   * @param installs whether to mend the gaps
   */
  public record Tracked(Tracking tracking, Scope scope, boolean checked, boolean installs) {

    /** Relies on the tables of one plan. */
    public Tracked(Tracking tracking, TrackingPlan plan, boolean checked, boolean installs) {
      this(tracking, Scope.of(plan), checked, installs);
    }

    /**
     * Relies on whatever the database tells of by this way, checks it, and installs nothing. With
     * no table at all the feed runs, and begins anew with the first.
     */
    public static Tracked everything(Tracking tracking) {
      return new Tracked(tracking, Scope.everything(tracking), true, false);
    }

    /** The tables, as they are by now. */
    public Coverage coverage(Connection connection) throws SQLException {
      return scope.coverage(connection);
    }

    /**
     * Mends what may be mended and looks for gaps.
     *
     * @return the signature of what is there, for {@link #requireIntact}
     * @throws TrackingGapException if gaps are left
     */
    public String requireComplete(Connection connection, Coverage coverage) throws SQLException {
      if (checked) {
        TrackingGapException.throwIfAny(coverage.gaps());
      }
      if (installs) {
        TrackingGapException.throwIfAny(tracking.install(connection, coverage));
      }
      // in this order: what changes after the signature was taken is noticed by it
      String signature = signature(connection, coverage);
      if (checked) {
        TrackingGapException.throwIfAny(tracking.validate(connection, coverage));
      }
      return signature;
    }

    void requireIntact(Connection connection, Coverage coverage, String signature)
        throws SQLException {
      if (!signature(connection, coverage).equals(signature)) {
        throw new SQLException(
            "triggers, rules, columns, views, partitions or the publication of tracked tables have"
                + " changed, or a change could not be announced");
      }
    }

    private String signature(Connection connection, Coverage coverage) throws SQLException {
      String own = tracking.signature(connection, coverage);
      String membership = scope.membership(connection);
      return membership.isEmpty() ? own : own + " " + membership;
    }
  }

  /**
   * What a feed is made of.
   *
   * @param target the database
   * @param tracked what it has to tell of
   * @param resolved called before each reset with the tables that the plan stands for by then
   */
  public record Plan(FeedTarget target, Tracked tracked, Consumer<Coverage> resolved) {}

  private PostgresFeed(Plan plan, Stream.Source source) {
    this.target = plan.target();
    this.tracked = plan.tracked();
    this.resolved = plan.resolved();
    this.source = source;
  }

  /** A feed that listens to triggers. */
  public static PostgresFeed ofNotifications(Plan plan) {
    return new PostgresFeed(
        plan, (target, side, coverage, opening) -> NotifyStream.open(target, opening));
  }

  /**
   * A feed that reads the write-ahead log.
   *
   * @param maxKeys more rows than this of one table count as the table
   */
  public static PostgresFeed ofReplication(Plan plan, int maxKeys) {
    return new PostgresFeed(
        plan,
        (target, side, coverage, opening) ->
            ReplicationStream.open(target, side, coverage, opening, maxKeys));
  }

  /**
   * A feed that reads the write-ahead log by a permanent slot, and after a disconnect, a restart or
   * a crash goes on where {@link #acknowledge} had come to. While nobody reads, the slot keeps the
   * log: {@link io.freshet.postgres.wal.SlotState} tells how much, and {@code
   * max_slot_wal_keep_size} limits it. A slot that is missing, lost or cannot be read any further
   * is made anew, and then the stream begins without a place to go on from.
   *
   * @param maxKeys more rows than this of one table count as the table
   * @param slot the slot's name: of one reader in the whole cluster of databases
   * @throws IllegalArgumentException if PostgreSQL would not take the name
   */
  public static PostgresFeed ofDurableReplication(Plan plan, int maxKeys, String slot) {
    return new PostgresFeed(plan, new DurableReplication(new DurableSlot(slot), maxKeys));
  }

  @Override
  public void start(Listener newListener) {
    if (listener != null) {
      throw new IllegalStateException("the feed was started before");
    }
    listener = newListener;
    thread.start();
  }

  @Override
  public void requestBarrier() {
    requested.set(true);
    bell.ring();
  }

  /**
   * Lets a permanent slot forget; without one it does nothing. Places that are not behind the
   * earlier ones, and those of another log, change nothing.
   */
  @Override
  public void acknowledge(LogPosition position) {
    // first the place, then the stream; who opens a stream does it the other way round
    acknowledged.accumulateAndGet(
        position, (old, now) -> old == null || !old.hasReached(now) ? now : old);
    Stream running = stream;
    if (running != null) {
      running.acknowledge(position);
    }
  }

  @Override
  public Statistics statistics() {
    return new Statistics(counters.messages.sum(), counters.rows.sum(), counters.reconnects.sum());
  }

  /**
   * Whether what ended the last attempt may pass with nobody having changed anything: the server is
   * being restarted, others hold a lock. False before an attempt has failed.
   */
  public boolean mayRecover() {
    return mayRecover;
  }

  @Override
  public void close() {
    closed = true;
    cut.run();
    thread.interrupt();
    Threads.awaitEnd(thread);
  }

  Listener listener() {
    return Objects.requireNonNull(listener);
  }

  Counters counters() {
    return counters;
  }

  Bell bell() {
    return bell;
  }

  AtomicBoolean requested() {
    return requested;
  }

  private void keepRunning() {
    String reason = "the feed begins";
    while (!closed) {
      try {
        runOnce(reason);
      } catch (InterruptedException e) {
        return; // closed
      } catch (SQLException | RuntimeException | Error e) {
        if (closed) {
          return;
        }
        reason = FeedFailure.explain(e, target);
        LOG.debug("The feed from {} ended", target, e);
        mayRecover = FeedFailure.streamMayRecover(e);
        counters.reconnects.increment();
        listener().interrupted(reason);
      }
      try {
        Bell.pause(backoff.nextNanos());
      } catch (InterruptedException e) {
        return; // closed
      }
    }
  }

  private void runOnce(String reason) throws SQLException, InterruptedException {
    Connection side = target.connect();
    cutOnClose(() -> Quietly.abort(side));
    try (Statement statement = side.createStatement()) {
      // barriers wait for the disk where they have to, never for a standby
      statement.execute("set synchronous_commit = local");
      Coverage coverage = tracked.coverage(side);
      String signature = tracked.requireComplete(side, coverage);
      if (!tracked.coverage(side).equals(coverage)) {
        // the signature does not know what was made again between the first look and it
        throw new SQLException("tracked tables have been created, dropped or altered meanwhile");
      }
      resolved.accept(coverage);
      try (Stream opened = source.open(target, side, coverage, opening(side))) {
        stream = opened;
        LogPosition known = acknowledged.get();
        if (known != null) {
          opened.acknowledge(known);
        }
        Beginning beginning = new Beginning(reason, opened.from(), signature, told(coverage));
        run(
            new FeedRun(
                opened,
                side,
                this,
                target,
                asked -> tracked.requireIntact(asked, coverage, signature)),
            beginning);
      } finally {
        stream = null;
      }
    } finally {
      Quietly.abort(side);
    }
  }

  private void run(FeedRun run, Beginning beginning) throws SQLException, InterruptedException {
    try {
      run.run(beginning);
    } finally {
      if (run.hasCaughtUp()) {
        backoff.reset();
      }
    }
  }

  private static List<TrackedTable> told(Coverage coverage) {
    return coverage.tables().stream()
        .map(one -> new TrackedTable(one.name(), Set.copyOf(one.key()), Set.copyOf(one.watched())))
        .toList();
  }

  private Stream.Opening opening(Connection side) {
    return new Stream.Opening() {
      @Override
      public void connected(Runnable abort) throws InterruptedException {
        cutOnClose(
            () -> {
              abort.run();
              Quietly.abort(side);
            });
      }

      @Override
      public void waiting(String reason) {
        listener().waiting(reason);
      }
    };
  }

  /** A thread that waits for an answer of the server does not hear an interrupt. */
  private void cutOnClose(Runnable newCut) throws InterruptedException {
    cut = newCut;
    if (closed) {
      newCut.run();
      throw new InterruptedException("closed");
    }
  }
}
