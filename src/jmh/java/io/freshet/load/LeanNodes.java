package io.freshet.load;

import io.freshet.bus.Bus;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.fanout.Admission;
import io.freshet.fanout.BusFeed;
import io.freshet.postgres.feed.PostgresFeed;
import io.freshet.relay.RelaySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Nodes that are nothing but their feeds: what a node hears, and when, without a cache. Each asks
 * for four barriers in two seconds, as a node with the default freshet.max_staleness does.
 * Thread-safe.
 */
final class LeanNodes implements AutoCloseable {

  /** The default of freshet.max_keys. */
  static final int MAX_KEYS = 1_000;

  private static final Duration MAX_STALENESS = Duration.ofSeconds(2);
  private static final int BARRIERS_PER_LEASE = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final List<Node> nodes = new ArrayList<>();
  private final Told told;
  private final Optional<CountingBus> bus;
  private final ScheduledExecutorService heartbeat =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "load-heartbeat");
            thread.setDaemon(true);
            return thread;
          });

  private LeanNodes(Told told, Optional<CountingBus> bus) {
    this.told = told;
    this.bus = bus;
  }

  /** Starts so many, and waits until all have caught up. */
  static LeanNodes start(Fanout fanout, Fanout.Open open, int count, Told told) {
    LeanNodes lean =
        new LeanNodes(
            told,
            open.bus()
                .map(
                    settings -> new CountingBus(Bus.of(settings, RelaySettings.DEFAULT_PATIENCE))));
    try {
      long begin = System.nanoTime();
      for (int i = 0; i < count; i++) {
        Node node = new Node(lean.feed(fanout, open.route(), i), told);
        lean.nodes.add(node);
        node.feed.start(node);
      }
      lean.awaitBarriers(begin);
      lean.beat();
      return lean;
    } catch (RuntimeException e) {
      lean.close();
      throw e;
    }
  }

  private ChangeFeed feed(Fanout fanout, Route route, int number) {
    if (bus.isPresent()) {
      return new BusFeed(
          bus.get(),
          new BusFeed.Plan(
              "load-%d-%d".formatted(System.nanoTime(), number),
              MAX_STALENESS,
              RelaySettings.DEFAULT_PATIENCE,
              Admission.ANY));
    }
    PostgresFeed.Plan plan =
        new PostgresFeed.Plan(
            fanout.target(), fanout.tracked(route.variant(), false), coverage -> {});
    return route.variant() == Variant.WAL
        ? PostgresFeed.ofReplication(plan, MAX_KEYS)
        : PostgresFeed.ofNotifications(plan);
  }

  /** Spread over the period, as nodes that were not started together. */
  private void beat() {
    long period = MAX_STALENESS.toNanos() / BARRIERS_PER_LEASE;
    for (int i = 0; i < nodes.size(); i++) {
      ChangeFeed feed = nodes.get(i).feed;
      var unused =
          heartbeat.scheduleAtFixedRate(
              feed::requestBarrier, period * i / nodes.size(), period, TimeUnit.NANOSECONDS);
    }
  }

  /** Waits until each has heard of every commit that has ended by now. */
  void barrier() {
    long since = System.nanoTime();
    nodes.forEach(node -> node.feed.requestBarrier());
    awaitBarriers(since);
  }

  private void awaitBarriers(long sinceNanos) {
    long begin = System.nanoTime();
    for (Node node : nodes) {
      while (!node.heardSince(sinceNanos)) {
        if (System.nanoTime() - begin > PATIENCE.toNanos()) {
          throw new IllegalStateException(
              "no barrier in %s: %s %s".formatted(PATIENCE, node.trouble, node.feed.trouble()));
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  Told told() {
    return told;
  }

  int count() {
    return nodes.size();
  }

  /** How often a node had to begin anew. */
  long losses() {
    return nodes.stream().mapToLong(node -> node.feed.statistics().reconnects()).sum();
  }

  /** Messages that have come to the nodes over the bus, each as often as there are nodes. */
  long received() {
    return bus.map(CountingBus::received).orElse(0L);
  }

  /** Messages that the nodes have sent: their requests. */
  long sent() {
    return bus.map(CountingBus::sent).orElse(0L);
  }

  @Override
  public void close() {
    heartbeat.shutdownNow();
    nodes.parallelStream().forEach(node -> node.feed.close());
  }

  private static final class Node implements ChangeFeed.Listener {
    private final ChangeFeed feed;
    private final Told told;
    private volatile boolean heard;
    private volatile long barrierNanos;
    private volatile String trouble = "";

    Node(ChangeFeed feed, Told told) {
      this.feed = feed;
      this.told = told;
    }

    /** Whether a barrier has come back that was sent at this moment or later. */
    boolean heardSince(long nanos) {
      return heard && barrierNanos - nanos >= 0;
    }

    @Override
    public void reset(String reason) {
      trouble = reason;
    }

    @Override
    public void changes(ChangeSet changes) {
      told.changes(changes);
    }

    @Override
    public void barrier(long sentNanos) {
      barrierNanos = sentNanos;
      heard = true;
    }

    @Override
    public void interrupted(String reason) {
      trouble = reason;
    }
  }
}
