package io.freshet.fanout;

import io.freshet.change.ChangeFeed.Listener;
import io.freshet.change.LogPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node makes of the messages that it hears: which streams it follows, what it has missed,
 * and up to which moment it knows everything. Used by one thread, but for the methods that say so.
 *
 * <h2>Streams</h2>
 *
 * A node follows one relay at most, and every node that publishes. A stream is followed from the
 * message on that describes its source; what comes of others is passed over. To begin with one is a
 * reset, since what it told before was missed; with two exceptions. A publishing node's stream that
 * is heard from its first message has told nothing before. And a relay's stream that is heard from
 * its first message, and goes on from a place in the log that this node knows everything up to,
 * with the same tables tracked the same way ever since, leaves nothing out: so a relay can be
 * restarted, or replaced by another, and no cache is emptied.
 *
 * <p>Of two relays the one with the greater epoch is followed, or else the one that is not silent:
 * so one that was believed dead and wakes up is passed over, and a mistaken one does no lasting
 * harm.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>{@link #asking} notes when a request is sent.
 *   <li>The relay receives it, takes a barrier of the database, and answers in its stream: behind
 *       the changes of all commits that ended before the request was sent. A publishing node
 *       answers behind its own commits that ended before it received the request.
 *   <li>The answer comes. Everything before it in the stream has come, or its number would show a
 *       hole, and a hole is a reset.
 *   <li>When all that are followed have answered, the earliest of the requests so answered is the
 *       moment up to which everything is known: a barrier. No clocks are compared.
 * </ol>
 *
 * <p>Who is followed and falls silent therefore keeps barriers from coming back, and soon closes
 * the gate. A publishing node that stays silent for long counts as dead: that is a reset as well,
 * since nobody knows what it did last.
 */
final class Follower {

  private static final int MOST_REQUESTS = 10_000;
  private static final String BEGINS = "the feed begins";

  /**
   * When who is not heard counts as what.
   *
   * @param silence after it another relay is followed, and without a relay this long is waited for
   *     publishing nodes to be heard
   * @param death after it a publishing node counts as dead
   */
  record Patience(Duration silence, Duration death) {}

  /** A stream that is followed. */
  private static final class Followed {
    final StreamId stream;
    final Description description;
    long sequence;
    long heardNanos;
    @Nullable Long answeredNanos;
    String waiting = "";

    Followed(StreamId stream, Description description, long sequence, long heardNanos) {
      this.stream = stream;
      this.description = description;
      this.sequence = sequence;
      this.heardNanos = heardNanos;
    }
  }

  private final String node;
  private final Patience patience;
  private final Admission admission;
  private final Listener listener;
  private final LongSupplier clock;
  private final Map<String, Followed> nodes = new HashMap<>();
  private final TreeMap<Long, Long> requests = new TreeMap<>();
  private @Nullable Followed relay;
  private @Nullable Followed former;
  private @Nullable LogPosition reached;
  private long lastRequest;
  private long lastBarrierNanos;
  private boolean begun;
  private boolean proven;
  private boolean wantsAnswers;
  private long connectedNanos;
  private String refusal = "";

  private volatile boolean wantsDescriptions = true;
  private volatile String trouble = "";
  private volatile boolean relayed;
  private volatile long announced;

  /**
   * @param node what this node is called in requests and answers, and as a source
   * @param clock {@link System#nanoTime}, or a test's
   */
  Follower(
      String node, Patience patience, Admission admission, Listener listener, LongSupplier clock) {
    this.node = node;
    this.patience = patience;
    this.admission = admission;
    this.listener = listener;
    this.clock = clock;
  }

  /** A connection has been made, for the first time or again: what was missed shows by holes. */
  void connected() {
    connectedNanos = clock.getAsLong();
    wantsDescriptions = true;
  }

  /** The connection is lost, or cannot be made. */
  void interrupted(String reason) {
    listener.interrupted(reason);
  }

  /** A request is about to be sent: gives its number. By any thread. */
  long asking() {
    synchronized (requests) {
      lastRequest++;
      requests.put(lastRequest, clock.getAsLong());
      if (requests.size() > MOST_REQUESTS) {
        requests.pollFirstEntry();
      }
      return lastRequest;
    }
  }

  /** Whether the next request shall have sources describe themselves. By any thread. */
  boolean wantsDescriptions() {
    return wantsDescriptions;
  }

  /** What keeps barriers from coming back; empty if nothing is known to. By any thread. */
  String trouble() {
    return trouble;
  }

  /** Whether a relay is followed, which tells of everybody's commits. By any thread. */
  boolean tellsEverything() {
    return relayed;
  }

  /** The number of this node's latest request whose announcement has come back. By any thread. */
  long announced() {
    return announced;
  }

  /** Something has come that cannot be read. */
  void unreadable(String reason) {
    reset("a message on the bus cannot be read: " + reason);
  }

  /** A message has come. */
  void received(StreamMessage message) {
    Followed followed = followed(message.stream());
    if (followed == null) {
      followed = begin(message);
      if (followed == null) {
        return;
      }
    } else if (message.sequence() <= followed.sequence) {
      return; // sent again
    } else if (message.sequence() > followed.sequence + 1) {
      reset(
          "messages %d to %d of %s are missing"
              .formatted(followed.sequence + 1, message.sequence() - 1, message.stream()));
    }
    if (followed == relay && message.content().description().isPresent()) {
      wantsDescriptions = false; // whoever else has been asked answers as well
    }
    followed.heardNanos = clock.getAsLong();
    apply(followed, message.content());
    followed.sequence = message.sequence(); // not before: what has failed half-way leaves a hole
    look();
  }

  private @Nullable Followed followed(StreamId stream) {
    Followed current = relay;
    if (current != null && current.stream.equals(stream)) {
      return current;
    }
    Followed publishing = nodes.get(stream.source());
    return publishing != null && publishing.stream.equals(stream) ? publishing : null;
  }

  /** Begins to follow a stream, if that is possible and right. */
  private @Nullable Followed begin(StreamMessage message) {
    Description description = message.content().description().orElse(null);
    if (description == null) {
      wantsDescriptions = true;
      return null;
    }
    return description.kind().isRelay()
        ? beginRelay(message, description)
        : beginNode(message, description);
  }

  private @Nullable Followed beginRelay(StreamMessage message, Description description) {
    Followed current = relay;
    long now = clock.getAsLong();
    if (current != null
        && message.stream().epoch() <= current.stream.epoch()
        && now - current.heardNanos <= patience.silence().toNanos()) {
      return null;
    }
    Optional<String> refused = admission.refuses(description);
    refusal = refused.orElse("");
    if (refused.isPresent()) {
      refused(message.stream());
      return null;
    }
    Followed next = new Followed(message.stream(), description, message.sequence() - 1, now);
    if (!goesOn(message, description)) {
      reached = null;
      reset(begun ? "another relay's stream begins: " + message.stream() : BEGINS);
    }
    relay = next;
    former = next;
    relayed = true;
    wantsDescriptions = false;
    return next;
  }

  /**
   * A stream that is not followed may tell of what nobody else does: what this node knows does not
   * reach up to any place behind it. If it takes the place of the stream that is followed, that one
   * has ended.
   */
  private void refused(StreamId stream) {
    wantsDescriptions = true;
    reached = null;
    Followed current = relay;
    if (current != null && current.stream.source().equals(stream.source())) {
      relay = null;
      relayed = false;
    }
    trouble = refusal;
    listener.interrupted(refusal);
  }

  /** Whether all that the relays before had not told this node is told in the new stream. */
  private boolean goesOn(StreamMessage message, Description description) {
    Followed before = former;
    LogPosition known = reached;
    return begun
        && before != null
        && known != null
        && message.sequence() == 1
        && before.description.kind() == description.kind()
        && before.description.signature().equals(description.signature())
        && description.from().filter(known::hasReached).isPresent();
  }

  private @Nullable Followed beginNode(StreamMessage message, Description description) {
    Followed known = nodes.get(message.stream().source());
    if (known != null && known.stream.epoch() > message.stream().epoch()) {
      return null;
    }
    if (message.sequence() > 1 || known != null || !begun) {
      reset(begun ? "a publishing node is heard: " + message.stream() : BEGINS);
    }
    Followed next =
        new Followed(message.stream(), description, message.sequence() - 1, clock.getAsLong());
    nodes.put(message.stream().source(), next);
    wantsDescriptions = !refusal.isEmpty();
    return next;
  }

  private void apply(Followed followed, Content content) {
    boolean own = followed.stream.source().equals(node);
    if (!own) {
      content.notes().reset().ifPresent(this::reset);
    }
    followed.waiting = content.notes().waiting().orElse("");
    if (followed == relay && !followed.waiting.isEmpty()) {
      admission.waits(followed.description);
    }
    if (!own && !content.changes().isEmpty()) {
      listener.changes(content.changes());
    }
    Long answered = content.answers().get(node);
    if (answered != null) {
      Long sent = sentNanos(answered);
      if (sent != null && (followed.answeredNanos == null || sent - followed.answeredNanos > 0)) {
        followed.answeredNanos = sent;
      }
    }
    Long told = content.announced().get(node);
    if (told != null) {
      announced = told;
    }
    if (followed == relay) {
      content.notes().position().ifPresent(position -> reached = position);
    }
    if (content.notes().goodbye()) {
      ended(followed);
    }
  }

  private @Nullable Long sentNanos(long number) {
    synchronized (requests) {
      return requests.get(number);
    }
  }

  private void ended(Followed followed) {
    if (followed == relay) {
      relay = null;
      relayed = false;
      wantsDescriptions = true;
    } else {
      nodes.remove(followed.stream.source());
    }
  }

  /** Whether a reset is still to be followed by a request; the answer is given once. */
  boolean wantsAnswers() {
    boolean wanted = wantsAnswers;
    wantsAnswers = false;
    return wanted;
  }

  private void reset(String reason) {
    begun = true;
    wantsAnswers = true;
    listener.reset(reason);
  }

  /** To be called now and then: time passes, and that tells something as well. */
  void look() {
    long now = clock.getAsLong();
    buryTheDead(now);
    forgetFormer(now);
    List<Followed> all = new ArrayList<>(nodes.values());
    Followed current = relay;
    if (current != null) {
      all.add(current);
    }
    trouble = troubleOf(all, now);
    if (trouble.isEmpty()) {
      barrier(all);
    }
  }

  /** A relay that has ended long ago is not waited for: there may be publishing nodes only. */
  private void forgetFormer(long now) {
    Followed ended = former;
    if (relay == null && ended != null && now - ended.heardNanos > patience.death().toNanos()) {
      former = null;
      reached = null;
    }
  }

  private void buryTheDead(long now) {
    List<String> dead = new ArrayList<>();
    for (Iterator<Followed> each = nodes.values().iterator(); each.hasNext(); ) {
      Followed one = each.next();
      if (now - one.heardNanos > patience.death().toNanos() && !one.stream.source().equals(node)) {
        each.remove();
        dead.add(one.stream.source());
      }
    }
    if (!dead.isEmpty()) {
      reset("nobody knows what was last published by " + String.join(", ", dead));
    }
  }

  private String troubleOf(List<Followed> all, long now) {
    if (relay == null && !refusal.isEmpty()) {
      return refusal;
    }
    if (relay == null && former != null) {
      return "the relay has ended, and no other has begun";
    }
    if (all.isEmpty()) {
      return "neither a relay nor a publishing node has been heard on this channel";
    }
    if (relay == null && now - connectedNanos < patience.silence().toNanos()) {
      return "publishing nodes that are there need some time to be heard";
    }
    for (Followed one : all) {
      if (!one.waiting.isEmpty()) {
        return one.stream.source() + " says: " + one.waiting;
      }
      Long answered = one.answeredNanos;
      if (answered == null) {
        return one.stream.source() + " has not answered yet";
      }
      if (now - answered > patience.silence().toNanos()) {
        // whoever took its place may have been refused
        return one == relay && !refusal.isEmpty()
            ? refusal
            : one.stream.source() + " does not answer any more";
      }
    }
    return "";
  }

  private void barrier(List<Followed> all) {
    long earliest = 0;
    boolean first = true;
    for (Followed one : all) {
      long answered = Objects.requireNonNull(one.answeredNanos);
      if (first || answered - earliest < 0) {
        earliest = answered;
      }
      first = false;
    }
    if (!proven || earliest - lastBarrierNanos > 0) {
      proven = true;
      lastBarrierNanos = earliest;
      forgetRequestsBefore(earliest);
      listener.barrier(earliest);
    }
  }

  private void forgetRequestsBefore(long nanos) {
    synchronized (requests) {
      while (!requests.isEmpty() && requests.firstEntry().getValue() - nanos < 0) {
        requests.pollFirstEntry();
      }
    }
  }
}
