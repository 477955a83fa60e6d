package io.freshet.hibernate;

import io.freshet.Message;
import io.freshet.bus.Bus;
import io.freshet.change.ChangeSet;
import io.freshet.fanout.Description;
import io.freshet.fanout.Request;
import io.freshet.fanout.Sender;
import io.freshet.fanout.StreamId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other nodes what this one commits. Thread-safe; nobody who writes ever waits here.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>Just before the database commits, the transaction's changes are registered.
 *   <li>The database commits: everybody can see it from some moment on that nobody knows.
 *   <li>The changes are handed to the sender; or they are forgotten, after a rollback.
 * </ol>
 *
 * <p>A request that is received between the first and the last is answered after the last: so that
 * an answer stands behind the changes of every commit that ended before the request was received. A
 * transaction that never ends, because whoever ran it has let go of its connection unseen, would
 * keep all answers back for good: after a minute its changes are told, and it is not waited for any
 * longer. If it ends after that, they are told again.
 */
final class Publisher implements Sender.Owner, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
  private static final Duration LONGEST_COMMIT = Duration.ofMinutes(1);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final Description DESCRIPTION =
      new Description(Description.Kind.NODE, "", Optional.empty(), "", List.of());

  /** A transaction that is committing. */
  record Ticket(long number, ChangeSet changes, long sinceNanos) {}

  /** A request, and the last transaction that was registered before it. */
  private record Asked(Request request, long behind) {}

  private final Sender sender;
  private final StreamId stream;
  private final TreeMap<Long, Ticket> committing = new TreeMap<>();
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();
  private long tickets;
  private volatile String trouble = "there is no connection yet";

  /**
   * @param node what this node is called
   */
  Publisher(Bus bus, String node, Duration patience) {
    this.sender = new Sender(bus, patience, this);
    this.stream = new StreamId(node, 1);
  }

  /**
   * Begins, before anything is written.
   *
   * @param timeout how long to wait until others can know of this node
   * @return what keeps it from telling anything; empty if nothing does
   */
  String start(Duration timeout) {
    sender.begin(stream, DESCRIPTION);
    sender.start();
    try {
      return sender.awaitConfirmed(timeout) ? "" : trouble;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return trouble;
    }
  }

  /** Step 1. */
  synchronized Ticket committing(ChangeSet changes) {
    Ticket ticket = new Ticket(++tickets, changes, System.nanoTime());
    committing.put(ticket.number(), ticket);
    return ticket;
  }

  /**
   * Step 3, after a commit or what may have been one.
   *
   * @param more what was written after step 1
   */
  synchronized void committed(Ticket ticket, ChangeSet more) {
    committing.remove(ticket.number());
    sender.changes(ticket.changes());
    if (!more.isEmpty()) {
      sender.changes(more);
    }
    answer();
  }

  /** Step 3, after a rollback. */
  synchronized void rolledBack(Ticket ticket) {
    committing.remove(ticket.number());
    answer();
  }

  /** Tells everybody what somebody asked for. */
  void announce(ChangeSet changes) {
    sender.changes(changes);
  }

  /** As {@link Sender#awaitConfirmed}. */
  boolean awaitConfirmed(Duration timeout) throws InterruptedException {
    return sender.awaitConfirmed(timeout);
  }

  @Override
  public synchronized void requested(Request request, long receivedNanos) {
    if (request.describes()) {
      sender.describe(DESCRIPTION);
    }
    asked.add(new Asked(request, tickets));
    giveUpOld(receivedNanos);
    answer();
  }

  private void giveUpOld(long nowNanos) {
    while (!committing.isEmpty()
        && nowNanos - committing.firstEntry().getValue().sinceNanos() > LONGEST_COMMIT.toNanos()) {
      Ticket ticket = committing.pollFirstEntry().getValue();
      Message.PUBLISH_UNENDED.warn(
          LOG, TimeUnit.NANOSECONDS.toSeconds(nowNanos - ticket.sinceNanos()));
      sender.changes(ticket.changes());
    }
  }

  private void answer() {
    while (!asked.isEmpty()
        && (committing.isEmpty() || committing.firstKey() > asked.peek().behind())) {
      Request request = asked.remove().request();
      sender.answer(Map.of(request.node(), request.number()));
    }
  }

  @Override
  public void state(String newTrouble) {
    boolean was = !trouble.isEmpty();
    trouble = newTrouble;
    if (!newTrouble.isEmpty() && !was) {
      Message.PUBLISH_INTERRUPTED.warn(LOG, newTrouble);
    }
  }

  /** Says goodbye, and ends. */
  @Override
  public void close() {
    sender.goodbye();
    try {
      if (!sender.awaitConfirmed(LAST_WORDS)) {
        LOG.debug("Not all was told: {}", trouble);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.close();
  }
}
