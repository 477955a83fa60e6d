package io.freshet.fanout;

import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a source has said and the broker has not confirmed. Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>Whatever is to be said goes into the {@link Draft}; nobody who adds to it ever waits.
 *   <li>{@link #take} makes messages of the draft, numbers them, and keeps them, in flight.
 *   <li>{@link #confirmed}: the broker has a message. When it has all that came before as well,
 *       they are forgotten, and the position that the last of them told of counts as confirmed.
 *   <li>After the loss of a connection {@link #unconfirmed} are sent again, with the numbers that
 *       they had: who has them already passes them over.
 * </ol>
 *
 * <p>Memory: {@link Draft#MOST_WEIGHT} in the draft, and {@link #MOST_IN_FLIGHT} messages of at
 * most {@link StreamCodec#MOST_BYTES} on their way, or what one draft more comes to; the rest waits
 * in the draft.
 */
final class Outbox {

  static final int MOST_IN_FLIGHT = 64;

  private static final long NO_STAMP = 0;

  /** A message on its way. */
  static final class Outgoing {
    private final long generation;
    private final long stamp;
    private final byte[] bytes;
    private final Optional<LogPosition> position;
    private boolean confirmed;

    private Outgoing(long generation, long stamp, byte[] bytes, Optional<LogPosition> position) {
      this.generation = generation;
      this.stamp = stamp;
      this.bytes = bytes;
      this.position = position;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  private record Waiter(long stamp, Runnable action) {}

  /** What was taken out of the draft, to be written. */
  private record Taken(
      StreamId stream, long generation, long sequence, long stamp, Content content) {}

  private final Draft draft = new Draft();
  private final ArrayDeque<Outgoing> inFlight = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private @Nullable StreamId stream;
  private long sequence;
  private long generation;
  private long stamp;
  private long widened;
  private boolean writing;

  /** A stream begins; what was not confirmed of an earlier one is given up. */
  synchronized void begin(StreamId newStream, Description description) {
    draft.clear();
    inFlight.clear();
    generation++;
    stream = newStream;
    sequence = 0;
    draft.describe(description);
    stamp++;
  }

  /** Adds to what is to be said. Before a stream begins, nobody would ever hear it. */
  synchronized void add(Consumer<Draft> addition) {
    if (stream == null) {
      return;
    }
    addition.accept(draft);
    stamp++;
  }

  /** Adds changes, as {@link #add}. */
  synchronized void addChanges(ChangeSet changes) {
    if (stream == null) {
      return;
    }
    if (draft.addChanges(changes)) {
      widened++;
    }
    stamp++;
  }

  /** How often rows were given up for their tables, since the broker was too slow. */
  synchronized long widened() {
    return widened;
  }

  /** Changes that wait. */
  synchronized int waiting() {
    return draft.size();
  }

  /** Runs the action as soon as all that was added before this call has been confirmed. */
  void whenConfirmed(Runnable action) {
    synchronized (this) {
      if (!draft.isEmpty() || writing || !inFlight.isEmpty()) {
        waiters.add(new Waiter(stamp, action));
        return;
      }
    }
    action.run();
  }

  /** Nobody waits for this any more. */
  @SuppressWarnings("ReferenceEquality") // an action is itself only
  synchronized void forget(Runnable action) {
    waiters.removeIf(waiter -> waiter.action == action);
  }

  /**
   * The next messages to send; none while there is nothing to say, or too much is in flight. Called
   * by one thread; nobody who adds waits while messages are written.
   */
  List<Outgoing> take() {
    Taken taken;
    synchronized (this) {
      StreamId current = stream;
      if (current == null || draft.isEmpty() || inFlight.size() >= MOST_IN_FLIGHT) {
        return List.of();
      }
      taken = new Taken(current, generation, sequence, stamp, draft.take());
      writing = true;
    }
    List<Outgoing> written = List.of();
    try {
      written = write(taken);
    } finally {
      keep(taken, written);
    }
    return written;
  }

  private static List<Outgoing> write(Taken taken) {
    List<byte[]> pieces = Pieces.of(taken.content(), taken.stream(), taken.sequence());
    List<Outgoing> written = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      // whoever waits, and whatever place was reached, waits for the last piece
      boolean last = i == pieces.size() - 1;
      written.add(
          new Outgoing(
              taken.generation(),
              last ? taken.stamp() : NO_STAMP,
              pieces.get(i),
              last ? taken.content().notes().position() : Optional.empty()));
    }
    return written;
  }

  private synchronized void keep(Taken taken, List<Outgoing> written) {
    writing = false;
    if (taken.generation() != generation) {
      return; // another stream has begun: nobody will read these
    }
    if (written.isEmpty()) {
      // it could not be written: what it said is lost, and must not go unnoticed
      draft.reset("a message could not be written");
      return;
    }
    sequence += written.size();
    inFlight.addAll(written);
  }

  /** What was sent, and is to be sent again on a new connection. */
  synchronized List<Outgoing> unconfirmed() {
    return List.copyOf(inFlight);
  }

  /** The message that has been on its way for longest. */
  synchronized @Nullable Outgoing oldest() {
    return inFlight.peek();
  }

  /**
   * The broker has this message.
   *
   * @return up to where everything has been confirmed now, if that is further than before
   */
  Optional<LogPosition> confirmed(Outgoing message) {
    Optional<LogPosition> reached = Optional.empty();
    List<Runnable> ready = new ArrayList<>();
    synchronized (this) {
      message.confirmed = true;
      if (message.generation != generation) {
        return Optional.empty();
      }
      long done = 0;
      while (!inFlight.isEmpty() && inFlight.peek().confirmed) {
        Outgoing first = inFlight.remove();
        reached = first.position.isPresent() ? first.position : reached;
        done = Math.max(done, first.stamp);
      }
      long last = done;
      waiters.removeIf(waiter -> waiter.stamp <= last && ready.add(waiter.action));
    }
    ready.forEach(Runnable::run);
    return reached;
  }
}
