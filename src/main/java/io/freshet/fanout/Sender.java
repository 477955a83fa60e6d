package io.freshet.fanout;

import io.freshet.bus.Bus;
import io.freshet.bus.BusConnection;
import io.freshet.bus.BusException;
import io.freshet.bus.BusListener;
import io.freshet.bus.Channel;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.concurrent.Backoff;
import io.freshet.concurrent.Bell;
import io.freshet.concurrent.Threads;
import io.freshet.fanout.Outbox.Outgoing;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sending side of a bus: of a relay, or of a node that publishes. Heals itself. Thread-safe; no
 * method but {@link #awaitConfirmed} and {@link #close} waits for anything.
 *
 * <p>One thread connects, sends and, after a loss, connects anew and sends again what was not
 * confirmed; it may hang in a broker that takes nothing in, and is then cut loose by another, which
 * watches for confirmations. While the broker itself says that it takes nothing in for now, there
 * is nothing to cut.
 */
public final class Sender implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private static final Duration LAST_WAIT = Duration.ofSeconds(1);

  /** What the owner of a sender is told, by threads of the bus: it must not block. */
  public interface Owner {

    /**
     * A node has asked.
     *
     * @param receivedNanos {@link System#nanoTime()} after it had
     */
    void requested(Request request, long receivedNanos);

    /** The broker has everything up to this position. */
    default void confirmed(LogPosition position) {}

    /**
     * The state has changed.
     *
     * @param trouble why nothing gets through, for people; empty if it does
     */
    default void state(String trouble) {}
  }

  /**
   * What has been sent since the start. Immutable.
   *
   * @param messages messages that the broker has confirmed
   * @param bytes their size
   * @param reconnects how often the connection was lost, or could not be made
   * @param waiting changes that wait for the broker
   * @param widened how often so many waited that rows were told as tables
   */
  public record Statistics(long messages, long bytes, long reconnects, int waiting, long widened) {}

  private final Bus bus;
  private final Owner owner;
  private final long patienceNanos;
  private final Outbox outbox = new Outbox();
  private final Bell bell = new Bell();
  private final Backoff backoff = Backoff.of(FIRST_PAUSE, LONGEST_PAUSE);
  private final LongAdder messages = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final Thread thread = Threads.daemon("freshet-bus-sender", this::keepSending);
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("freshet-bus-watch"));
  private volatile boolean closed;
  private volatile @Nullable Attempt current;

  // of the thread that watches
  private @Nullable Outgoing watched;
  private long watchedSinceNanos;

  /**
   * @param patience how long the broker may take to confirm
   */
  public Sender(Bus bus, Duration patience, Owner owner) {
    this.bus = bus;
    this.owner = owner;
    this.patienceNanos = patience.toNanos();
  }

  /** Begins to connect; to be called once. */
  public void start() {
    thread.start();
    long period = Math.max(1, patienceNanos / 4);
    var unused = watch.scheduleAtFixedRate(this::watch, period, period, TimeUnit.NANOSECONDS);
  }

  /** A stream begins; what was not confirmed of an earlier one is given up. */
  public void begin(StreamId stream, Description description) {
    outbox.begin(stream, description);
    bell.ring();
  }

  /** Says again what this source is: somebody has asked. */
  public void describe(Description description) {
    add(draft -> draft.describe(description));
  }

  /** Something has been committed, and is visible. */
  public void changes(ChangeSet changes) {
    outbox.addChanges(changes);
    bell.ring();
  }

  /** What was committed before cannot be told. */
  public void reset(String reason) {
    add(draft -> draft.reset(reason));
  }

  /** Nothing can be told at the moment. */
  public void waiting(String reason) {
    add(draft -> draft.waiting(reason));
  }

  /**
   * Answers requests, by node: every commit that ended before they were received has been added.
   */
  public void answer(Map<String, Long> numbers) {
    add(draft -> draft.answer(numbers));
  }

  /** Tells everybody what a node has asked to be told. */
  public void announce(Request request) {
    add(draft -> draft.announce(request));
  }

  /** Every commit up to here has been added. */
  public void reached(LogPosition position) {
    add(draft -> draft.reached(position));
  }

  /** Everything has been added, and this source ends. */
  public void goodbye() {
    add(Draft::goodbye);
  }

  private void add(Consumer<Draft> addition) {
    outbox.add(addition);
    bell.ring();
  }

  /**
   * Waits until all that was added before this call has been confirmed.
   *
   * @return false if that took longer
   */
  public boolean awaitConfirmed(Duration timeout) throws InterruptedException {
    CountDownLatch confirmed = new CountDownLatch(1);
    Runnable action = confirmed::countDown;
    outbox.whenConfirmed(action);
    bell.ring();
    try {
      return confirmed.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      outbox.forget(action);
    }
  }

  /** What has been sent so far. */
  public Statistics statistics() {
    return new Statistics(
        messages.sum(), bytes.sum(), reconnects.sum(), outbox.waiting(), outbox.widened());
  }

  /** One connection, from its making to its loss. */
  private final class Attempt implements BusListener {
    private volatile @Nullable String lost;
    private volatile boolean blocked;
    private volatile @Nullable BusConnection connection;

    @Override
    public void received(Channel channel, byte[] message) {
      long now = System.nanoTime();
      try {
        owner.requested(StreamCodec.decodeRequest(message), now);
      } catch (UnreadableMessageException e) {
        // whoever sent it will not be answered, and asks again
        LOG.debug("A request cannot be read", e);
      }
    }

    @Override
    public void blocked(String reason) {
      blocked = !reason.isEmpty();
      owner.state(reason);
    }

    @Override
    public void lost(String reason) {
      lost = reason;
      bell.ring();
    }

    void send(BusConnection open, Outgoing message) {
      var unused =
          open.publish(Channel.CHANGES, message.bytes())
              .whenComplete(
                  (nothing, failure) -> {
                    if (failure == null) {
                      confirmed(message);
                    } else {
                      lost(String.valueOf(failure.getMessage()));
                    }
                  });
    }

    private void confirmed(Outgoing message) {
      messages.increment();
      bytes.add(message.bytes().length);
      outbox.confirmed(message).ifPresent(owner::confirmed);
      bell.ring();
    }
  }

  /** Cuts the connection if the broker has not confirmed the oldest message for too long. */
  private void watch() {
    Attempt attempt = current;
    Outgoing oldest = outbox.oldest();
    long now = System.nanoTime();
    if (attempt == null || attempt.blocked || oldest == null || oldest != watched) {
      watched = oldest;
      watchedSinceNanos = now;
    } else if (now - watchedSinceNanos > patienceNanos) {
      watched = null;
      attempt.lost("the broker has not confirmed a message in time");
      BusConnection open = attempt.connection;
      if (open != null) {
        open.close();
      }
    }
  }

  private void keepSending() {
    while (!closed) {
      Attempt attempt = new Attempt();
      current = attempt;
      try (BusConnection connection = bus.connect(Set.of(Channel.REQUESTS), attempt)) {
        attempt.connection = connection;
        owner.state("");
        sendWhileOpen(attempt, connection);
      } catch (BusException e) {
        attempt.lost = e.getMessage();
      } catch (InterruptedException e) {
        return; // closed
      } catch (RuntimeException | Error e) {
        attempt.lost = e.toString();
        LOG.debug("The connection to {} ended", bus, e);
      }
      if (!closed) {
        reconnects.increment();
        String reason = attempt.lost;
        owner.state(reason == null ? "the connection has ended" : reason);
        try {
          Bell.pause(backoff.nextNanos());
        } catch (InterruptedException e) {
          return; // closed
        }
      }
    }
  }

  private void sendWhileOpen(Attempt attempt, BusConnection connection)
      throws InterruptedException {
    for (Outgoing message : outbox.unconfirmed()) {
      attempt.send(connection, message);
    }
    long before = messages.sum();
    while (!closed && attempt.lost == null) {
      for (Outgoing message : outbox.take()) {
        attempt.send(connection, message);
      }
      bell.await(patienceNanos);
      if (messages.sum() > before) {
        backoff.reset();
      }
    }
  }

  /**
   * Ends the connection; what was not confirmed is lost. Say {@link #goodbye} and {@link
   * #awaitConfirmed} before.
   */
  @Override
  public void close() {
    closed = true;
    watch.shutdownNow();
    Attempt attempt = current;
    BusConnection open = attempt == null ? null : attempt.connection;
    if (open != null) {
      open.close();
    }
    bell.ring();
    thread.interrupt();
    Threads.awaitEnd(thread, LAST_WAIT);
  }
}
