package io.freshet.fanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.freshet.bus.Bus;
import io.freshet.bus.BusConnection;
import io.freshet.bus.BusException;
import io.freshet.bus.BusListener;
import io.freshet.bus.Channel;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.RowChange;
import io.freshet.concurrent.Backoff;
import io.freshet.concurrent.Bell;
import io.freshet.concurrent.Threads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed that comes over a bus: from a relay, from other nodes that publish, or both. Heals itself.
 * Thread-safe.
 *
 * <p>Three threads are at work. The bus's own puts what comes into an inbox. The feed's thread
 * makes the connection, reads the inbox, and has {@link Follower} decide; it may take its time,
 * since the inbox is bounded: what does not fit ends the connection, and shows as a hole. The
 * asking thread sends requests, and may hang in a broker that takes nothing in; it comes loose with
 * the connection.
 */
public final class BusFeed implements ChangeFeed {

  private static final Logger LOG = LoggerFactory.getLogger(BusFeed.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int MOST_INBOX_BYTES = 32 * 1024 * 1024;
  private static final int DEATHS_PER_SILENCE = 10;
  private static final int LOOKS_PER_SILENCE = 8;

  /** Who asks more often is answered by the same barrier of the relay. */
  private static final long ASKING_PAUSE_NANOS = 2_000_000;

  /**
   * How a feed follows. Immutable.
   *
   * @param node what this node is called; unique, and new with each start
   * @param maxStaleness how long a source may be silent before others are considered
   * @param patience how long nothing at all may come before the connection counts as dead
   * @param admission which relays are followed
   */
  public record Plan(String node, Duration maxStaleness, Duration patience, Admission admission) {}

  private final Bus bus;
  private final Plan plan;
  private final Bell asking = new Bell();
  private final AtomicBoolean asked = new AtomicBoolean();
  private final Backoff backoff = Backoff.of(FIRST_PAUSE, LONGEST_PAUSE);
  private final LongAdder messages = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final Thread thread = Threads.daemon("freshet-bus-feed", this::keepFollowing);
  private final Thread asker = Threads.daemon("freshet-bus-requests", this::keepAsking);
  private final ReentrantLock announcing = new ReentrantLock();
  private final Bell announcedBack = new Bell();
  private volatile @Nullable Announced announcement;
  private volatile @Nullable Follower follower;
  private volatile @Nullable Attempt current;
  private volatile String lost = "there is no connection yet";
  private volatile boolean closed;

  /**
   * Holds no connection before it is started.
   *
   * @param bus where the messages come from
   */
  public BusFeed(Bus bus, Plan plan) {
    this.bus = bus;
    this.plan = plan;
  }

  @Override
  public void start(Listener listener) {
    if (follower != null) {
      throw new IllegalStateException("the feed was started before");
    }
    follower =
        new Follower(
            plan.node(),
            new Follower.Patience(
                plan.maxStaleness(), plan.maxStaleness().multipliedBy(DEATHS_PER_SILENCE)),
            plan.admission(),
            new Counting(listener),
            System::nanoTime);
    thread.start();
    asker.start();
  }

  @Override
  public void requestBarrier() {
    asked.set(true);
    asking.ring();
  }

  @Override
  public Statistics statistics() {
    return new Statistics(messages.sum(), rows.sum(), reconnects.sum());
  }

  @Override
  public String trouble() {
    Attempt attempt = current;
    Follower known = follower;
    if (attempt == null || known == null) {
      return lost;
    }
    String blocked = attempt.blocked;
    return blocked.isEmpty() ? known.trouble() : blocked;
  }

  @Override
  public boolean tellsEverything() {
    Follower known = follower;
    return known != null && known.tellsEverything();
  }

  /**
   * Has the relay tell everybody, and waits until it has. Calls by several threads wait for each
   * other.
   *
   * @throws IllegalStateException if no relay is followed
   * @throws TimeoutException if it has not come back in time; it may still be told
   */
  public void announce(ChangeSet changes, Duration timeout)
      throws TimeoutException, InterruptedException {
    Follower known = follower;
    if (known == null || !known.tellsEverything()) {
      throw new IllegalStateException("there is no relay to tell everybody: " + trouble());
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    announcing.lockInterruptibly();
    try {
      Announced mine = new Announced(changes);
      announcement = mine;
      requestBarrier();
      while (mine.number == 0 || known.announced() != mine.number) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new TimeoutException(
              "no relay has confirmed it within %s %s".formatted(timeout, trouble()));
        }
        announcedBack.await(left);
      }
    } finally {
      announcement = null;
      announcing.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    Attempt attempt = current;
    if (attempt != null) {
      attempt.cut();
    }
    thread.interrupt();
    asker.interrupt();
    // the feed's thread may be asking the database, which need not answer
    Threads.awaitEnd(thread, plan.patience());
    Threads.awaitEnd(asker, plan.patience());
  }

  private void keepFollowing() {
    Follower following = Objects.requireNonNull(follower);
    while (!closed) {
      Attempt attempt = new Attempt();
      try (BusConnection connection = bus.connect(Set.of(Channel.CHANGES), attempt)) {
        attempt.connection = connection;
        current = attempt;
        follow(following, attempt);
      } catch (BusException e) {
        attempt.lost(String.valueOf(e.getMessage()));
      } catch (InterruptedException e) {
        return; // closed
      } catch (RuntimeException | Error e) {
        LOG.debug("The feed over {} ended", bus, e);
        attempt.lost(e.toString());
      } finally {
        current = null;
      }
      if (closed) {
        return;
      }
      reconnects.increment();
      lost = attempt.reason();
      following.interrupted(lost);
      try {
        Bell.pause(backoff.nextNanos());
      } catch (InterruptedException e) {
        return; // closed
      }
    }
  }

  private void follow(Follower following, Attempt attempt) throws InterruptedException {
    following.connected();
    requestBarrier();
    long look = plan.maxStaleness().toNanos() / LOOKS_PER_SILENCE;
    long heard = System.nanoTime();
    while (!closed) {
      byte[] message = attempt.next(look);
      if (message != null) {
        heard = System.nanoTime();
        backoff.reset();
        read(following, message);
      } else if (attempt.isLost()) {
        return;
      } else if (System.nanoTime() - heard > plan.patience().toNanos()
          && attempt.blocked.isEmpty()) {
        attempt.lost("nothing comes over " + bus + ": is a relay running, and the broker alive?");
        return;
      }
      following.look();
      if (following.wantsAnswers()) {
        requestBarrier();
      }
      announcedBack.ring();
    }
  }

  private static void read(Follower following, byte[] message) {
    try {
      following.received(StreamCodec.decode(message));
    } catch (UnreadableMessageException e) {
      following.unreadable(String.valueOf(e.getMessage()));
    }
  }

  private void keepAsking() {
    Follower following = Objects.requireNonNull(follower);
    try {
      while (!closed) {
        asking.await(Long.MAX_VALUE);
        Attempt attempt = current;
        BusConnection connection = attempt == null ? null : attempt.connection;
        if (attempt == null || connection == null || !asked.compareAndSet(true, false)) {
          continue;
        }
        try {
          ask(following, attempt, connection);
        } catch (RuntimeException | Error e) {
          attempt.lost(e.toString());
        }
        Bell.pause(ASKING_PAUSE_NANOS);
      }
    } catch (InterruptedException e) {
      LOG.trace("closed", e);
    }
  }

  private void ask(Follower following, Attempt attempt, BusConnection connection) {
    Announced asked = announcement;
    long number = following.asking();
    ChangeSet announced = ChangeSet.EMPTY;
    if (asked != null && asked.number == 0) {
      asked.number = number;
      announced = asked.changes;
    }
    Request request = new Request(plan.node(), number, following.wantsDescriptions(), announced);
    var unused =
        connection
            .publish(Channel.REQUESTS, StreamCodec.encode(request))
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    attempt.lost(String.valueOf(failure.getMessage()));
                  }
                });
  }

  /** What somebody has asked to be told, with the number of the request that asks for it. */
  private static final class Announced {
    private final ChangeSet changes;
    private volatile long number;

    Announced(ChangeSet changes) {
      this.changes = changes;
    }
  }

  /** Counts what is told. */
  private final class Counting implements Listener {
    private final Listener listener;

    Counting(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void reset(String reason) {
      listener.reset(reason);
    }

    @Override
    public void changes(ChangeSet changes) {
      messages.increment();
      rows.add(changes.changes().stream().filter(RowChange.class::isInstance).count());
      listener.changes(changes);
    }

    @Override
    public void reached(LogPosition position) {
      listener.reached(position);
    }

    @Override
    public void barrier(long sentNanos) {
      listener.barrier(sentNanos);
    }

    @Override
    public void interrupted(String reason) {
      listener.interrupted(reason);
    }
  }

  /** One connection, with what has come over it and was not read yet. */
  private static final class Attempt implements BusListener {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final ArrayDeque<byte[]> inbox = new ArrayDeque<>();

    @GuardedBy("lock")
    private long bytes;

    @GuardedBy("lock")
    private @Nullable String lost;

    volatile String blocked = "";
    volatile @Nullable BusConnection connection;

    @Override
    public void received(Channel channel, byte[] message) {
      lock.lock();
      try {
        bytes += message.length;
        if (bytes > MOST_INBOX_BYTES) {
          inbox.clear();
          lost = "more has come over the bus than could be applied in time";
        }
        if (lost == null) {
          inbox.add(message);
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void blocked(String reason) {
      blocked = reason;
    }

    @Override
    public void lost(String reason) {
      lock.lock();
      try {
        if (lost == null) {
          lost = reason;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** The next message; null if none has come in this time, or will. */
    byte @Nullable [] next(long nanos) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        long left = nanos;
        while (inbox.isEmpty() && lost == null && left > 0) {
          left = changed.awaitNanos(left);
        }
        byte[] message = inbox.poll();
        if (message != null) {
          bytes -= message.length;
        }
        return message;
      } finally {
        lock.unlock();
      }
    }

    /** Whether nothing comes any more. */
    boolean isLost() {
      lock.lock();
      try {
        return lost != null && inbox.isEmpty();
      } finally {
        lock.unlock();
      }
    }

    String reason() {
      lock.lock();
      try {
        return lost == null ? "the connection has ended" : lost;
      } finally {
        lock.unlock();
      }
    }

    /** Ends a call that hangs in the broker. */
    void cut() {
      BusConnection open = connection;
      if (open != null) {
        open.close();
      }
    }
  }
}
