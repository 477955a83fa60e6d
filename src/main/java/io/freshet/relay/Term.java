package io.freshet.relay;

import io.freshet.bus.Bus;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import io.freshet.change.TrackedTable;
import io.freshet.concurrent.Threads;
import io.freshet.fanout.Description;
import io.freshet.fanout.Request;
import io.freshet.fanout.Sender;
import io.freshet.fanout.StreamId;
import io.freshet.postgres.feed.PostgresFeed;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Triggers;
import io.freshet.relay.RelaySettings.Source;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A relay's time as the leader: one feed into one sender. Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>Each beginning of the feed's stream begins a stream on the bus, with a greater epoch. It
 *       says where it goes on from, and nodes decide whether they have missed anything.
 *   <li>Changes, and the places reached in the log, go to the sender in the feed's order. It never
 *       waits: what a slow broker does not take in becomes tables instead of rows.
 *   <li>What the broker has confirmed is acknowledged to the feed, so that a slot forgets it. A
 *       place is confirmed only together with all that came before it; and every place that is
 *       acknowledged has been told to the nodes.
 *   <li>A node's request is noted with the moment of its coming. A barrier of the database that was
 *       sent after that moment answers it, together with all others that have come by then: behind
 *       the changes, in the stream.
 * </ol>
 *
 * <p>One barrier is under way at a time; while nodes keep asking, the next is sent a little later.
 */
final class Term implements ChangeFeed.Listener, Sender.Owner, AutoCloseable {

  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final int MOST_ASKED = 100_000;

  /** Each barrier keeps the feed from asking what is visible, for a millisecond or so. */
  private static final long PAUSE_MILLIS = 20;

  /**
   * What the database said as the term began.
   *
   * @param micros its clock, since 1970
   * @param database which it is
   */
  record Start(long micros, String database) {}

  private record Asked(String node, long number, long receivedNanos) {}

  private final PostgresFeed feed;
  private final Sender sender;
  private final Source source;
  private final String name;
  private final Start start;
  private final long startNanos = System.nanoTime();
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();
  private final ScheduledExecutorService pacer =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("freshet-relay-pacer"));
  private @Nullable Description description;
  private long epoch;
  private boolean barrierUnderWay;

  private volatile String feedTrouble = "the feed has not begun yet";
  private volatile String busTrouble = "there is no connection yet";
  private volatile long barrierSentNanos = System.nanoTime();
  private volatile long lagNanos;
  private volatile boolean caughtUp;

  /**
   * @param name what this relay is called; unique
   * @param start what the database said at the beginning of the term
   */
  Term(RelaySettings settings, Bus bus, String name, Start start) {
    this.source = settings.source();
    this.name = name;
    this.start = start;
    this.sender = new Sender(bus, settings.database().patience(), this);
    int maxKeys = settings.limits().maxKeys();
    this.feed =
        switch (source) {
          case NOTIFY ->
              PostgresFeed.ofNotifications(
                  new PostgresFeed.Plan(
                      settings.database(),
                      PostgresFeed.Tracked.everything(new Triggers(maxKeys)),
                      coverage -> {}));
          case WAL ->
              PostgresFeed.ofDurableReplication(
                  new PostgresFeed.Plan(
                      settings.database(),
                      PostgresFeed.Tracked.everything(new Publication()),
                      coverage -> {}),
                  maxKeys,
                  settings.limits().slot());
        };
  }

  void start() {
    sender.start();
    feed.start(this);
  }

  /** Has a barrier taken although nobody asked: it tells how late the relay is. */
  void beat() {
    feed.requestBarrier();
  }

  @Override
  public synchronized void begins(ChangeFeed.Beginning beginning) {
    feedTrouble = "waiting for the first barrier";
    begin(beginning.from(), beginning.signature(), beginning.tables());
  }

  private void begin(Optional<LogPosition> from, String signature, List<TrackedTable> tables) {
    long elapsed = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
    epoch = Math.max(epoch + 1, start.micros() + elapsed);
    Description.Kind kind = source == Source.WAL ? Description.Kind.WAL : Description.Kind.NOTIFY;
    Description described = new Description(kind, start.database(), from, signature, tables);
    description = described;
    sender.begin(new StreamId(name, epoch), described);
  }

  @Override
  public void reset(String reason) {
    sender.reset(reason);
  }

  @Override
  public void changes(ChangeSet changes) {
    sender.changes(changes);
  }

  @Override
  public void reached(LogPosition position) {
    sender.reached(position);
  }

  @Override
  public void confirmed(LogPosition position) {
    feed.acknowledge(position);
  }

  @Override
  public synchronized void requested(Request request, long receivedNanos) {
    Description known = description;
    if (request.describes() && known != null) {
      sender.describe(known);
      if (!feedTrouble.isEmpty()) {
        sender.waiting(feedTrouble); // who asks may not have heard it
      }
    }
    if (!request.announced().isEmpty()) {
      sender.announce(request);
    }
    if (asked.size() >= MOST_ASKED) {
      asked.clear(); // they will ask again
    }
    asked.add(new Asked(request.node(), request.number(), receivedNanos));
    if (!barrierUnderWay) {
      barrierUnderWay = true;
      feed.requestBarrier();
    }
  }

  @Override
  public synchronized void barrier(long sentNanos) {
    lagNanos = System.nanoTime() - sentNanos;
    barrierSentNanos = sentNanos;
    caughtUp = true;
    feedTrouble = "";
    Map<String, Long> answers = new HashMap<>();
    while (!asked.isEmpty() && asked.peek().receivedNanos() - sentNanos <= 0) {
      Asked one = asked.remove();
      answers.merge(one.node(), one.number(), Math::max);
    }
    if (!answers.isEmpty()) {
      sender.answer(answers);
    }
    barrierUnderWay = !asked.isEmpty();
    if (barrierUnderWay) {
      try {
        var unused = pacer.schedule(feed::requestBarrier, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        barrierUnderWay = false; // closing
      }
    }
  }

  @Override
  public void waiting(String reason) {
    troubled(reason);
  }

  @Override
  public void interrupted(String reason) {
    troubled(reason);
  }

  private synchronized void troubled(String reason) {
    feedTrouble = reason;
    if (description == null) {
      // nodes shall know that there is a relay: they may be the ones who can mend it
      begin(Optional.empty(), "", List.of());
    }
    sender.waiting(reason);
  }

  @Override
  public void state(String trouble) {
    busTrouble = trouble;
  }

  /** What keeps changes from getting through; empty if nothing does. */
  String trouble() {
    String ofFeed = feedTrouble;
    return ofFeed.isEmpty() ? busTrouble : ofFeed;
  }

  /** What has been done so far in this term. */
  RelayStatus.Work work() {
    return new RelayStatus.Work(
        feed.statistics(),
        sender.statistics(),
        caughtUp ? Optional.of(Duration.ofNanos(lagNanos)) : Optional.empty(),
        Duration.ofNanos(System.nanoTime() - barrierSentNanos));
  }

  /** Tells what can still be told, says goodbye, and ends within some seconds. */
  @Override
  public void close() {
    feed.close();
    pacer.shutdownNow();
    sender.goodbye();
    try {
      sender.awaitConfirmed(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.close();
  }

  /** Ends at once: another may be the leader by now. */
  void abandon() {
    feed.close();
    pacer.shutdownNow();
    sender.close();
  }
}
