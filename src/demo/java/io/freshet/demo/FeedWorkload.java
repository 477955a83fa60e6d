package io.freshet.demo;

import io.freshet.demo.Depot.Kind;
import io.freshet.demo.Depot.RowId;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.stat.Statistics;

/**
 * Two nodes with one feed, and everybody else: first undisturbed, then with the feed cut, then
 * healed. Used by one thread; {@link #stop} by any.
 *
 * <p>Commit to eviction is measured by the thread that writes. It lets both nodes cache the rows,
 * writes them, and from the moment that commit has returned looks at both caches every 20 us or a
 * little more, whether they still answer for any of these rows.
 */
final class FeedWorkload {

  private static final double BEFORE = 0.6;
  private static final double CUT = 0.25;
  private static final double AFTER = 0.15;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long BARRIER_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long SHOW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final int CONNECTIONS_BESIDE_READERS = 3;

  private final Plan plan;
  private final Progress progress;
  private final FeedResult result;
  private final Expectations expectations;
  private final DepotReader reader;
  private final List<DepotNode> nodes = new ArrayList<>();
  private final Set<RowId> touched = new LinkedHashSet<>();
  private volatile boolean stopped;
  private int turn;
  private long lastBarrier;
  private long lastShown;

  /** How much of what. */
  record Plan(Depot.Size size, Duration duration, int threads, int writesPerSecond, long seed) {}

  private record Mark(long hits, long misses) {

    double hitRatioSince(Mark other) {
      long all = hits - other.hits + misses - other.misses;
      return all == 0 ? 0 : (hits - other.hits) / (double) all;
    }
  }

  FeedWorkload(Feed feed, Plan plan, Progress progress) {
    this.plan = plan;
    this.progress = progress;
    this.result = new FeedResult(feed);
    this.expectations = new Expectations(plan.size, DepotNode.MAX_STALENESS);
    this.reader = new DepotReader(plan.size, expectations);
  }

  void stop() {
    stopped = true;
    reader.stop();
  }

  /** Fills the schema, boots the nodes and runs. */
  FeedResult run(DemoSchema schema)
      throws SQLException, IOException, InterruptedException, ExecutionException, TimeoutException {
    progress.phase(
        result.feed, "filling %,d rows, booting two nodes".formatted(plan.size.articles()));
    schema.fill(plan.size);
    ExecutorService readers = Executors.newFixedThreadPool(plan.threads);
    try {
      for (int i = 0; i < 2; i++) {
        DepotNode node =
            DepotNode.start(
                i, result.feed, schema.target(), plan.threads + CONNECTIONS_BESIDE_READERS);
        nodes.add(node);
        node.warm();
      }
      List<Future<Void>> running = new ArrayList<>();
      for (int i = 0; i < plan.threads; i++) {
        running.add(readers.submit(reader.on(nodes.get(i % nodes.size()), plan.seed + i)));
      }
      try (DepotWriter writer =
          new DepotWriter(
              schema.target(), plan.size, expectations, nodes.get(0), plan.seed + 1_000)) {
        write(schema, writer);
      }
      reader.stop();
      for (Future<Void> one : running) {
        one.get();
      }
      barrier();
      survive();
    } finally {
      stop();
      readers.shutdown();
      nodes.forEach(DepotNode::close);
      progress.end();
    }
    return result;
  }

  private void write(DemoSchema schema, DepotWriter writer)
      throws SQLException, IOException, InterruptedException, TimeoutException {
    progress.phase(result.feed, "others write");
    Mark begin = mark();
    writeFor(writer, BEFORE, true);
    barrier();
    result.hitRatioBefore = mark().hitRatioSince(begin);
    progress.phase(result.feed, "others write, and the feed's connections are ended over and over");
    long bypassed = bypassed();
    Quiet quiet = new Quiet();
    try {
      cutAndHeal(schema, writer);
    } finally {
      quiet.end();
    }
    result.bypassed = bypassed() - bypassed;
    nodes.forEach(DepotNode::warm);
    progress.phase(result.feed, "healed; others write");
    begin = mark();
    writeFor(writer, AFTER, true);
    barrier();
    result.hitRatioAfter = mark().hitRatioSince(begin);
  }

  private void cutAndHeal(DemoSchema schema, DepotWriter writer)
      throws SQLException, IOException, InterruptedException, TimeoutException {
    Mark begin = mark();
    try (FeedCutter cutter = new FeedCutter(schema.target(), nodes)) {
      long cutAt = System.nanoTime();
      writeFor(writer, CUT, false);
      cutter.stop();
      result.cut = Duration.ofNanos(System.nanoTime() - cutAt);
    }
    long letGoAt = System.nanoTime();
    while (!stopped && !areOpen()) {
      writeNext(writer, false);
      if (System.nanoTime() - letGoAt > PATIENCE_NANOS) {
        throw new IllegalStateException("the feed has not healed: " + nodes.get(0).feed());
      }
    }
    result.hitRatioDuring = mark().hitRatioSince(begin);
    result.healed = Duration.ofNanos(System.nanoTime() - letGoAt);
  }

  private void writeFor(DepotWriter writer, double share, boolean open)
      throws SQLException, IOException, InterruptedException, TimeoutException {
    Mark begin = mark();
    long until = System.nanoTime() + (long) (plan.duration.toNanos() * share);
    while (!stopped && System.nanoTime() < until) {
      writeNext(writer, open);
      long now = System.nanoTime();
      if (open && now - lastBarrier > BARRIER_NANOS) {
        barrier();
        lastBarrier = now;
      }
      if (now - lastShown > SHOW_NANOS) {
        note();
        progress.table(FeedReport.live(result, mark().hitRatioSince(begin), areOpen()));
        lastShown = now;
      }
    }
    note();
  }

  private void note() {
    result.reads = reader.reads();
    result.late = reader.late();
    result.stale = reader.stale();
  }

  /** Measures every other write: the rows of the others are for the readers to judge. */
  private void writeNext(DepotWriter writer, boolean open) throws SQLException, IOException {
    long due = System.nanoTime() + TimeUnit.SECONDS.toNanos(1) / plan.writesPerSecond;
    int number = turn++;
    boolean measured = number / OutsideWrite.values().length % 2 == 0;
    OutsideWrite way = OutsideWrite.at(number);
    Set<RowId> changing = new LinkedHashSet<>();
    long committed =
        writer.write(
            way,
            measured,
            keys -> {
              touched.addAll(keys);
              if (open && measured) {
                changing.addAll(cached(keys));
              }
            });
    result.writes++;
    if (!changing.isEmpty()) {
      watch(way, changing, committed);
    }
    LockSupport.parkNanos(due - System.nanoTime());
  }

  /** Lets both nodes cache these; those that both hold, of rows that nobody reads meanwhile. */
  private Set<RowId> cached(List<RowId> keys) {
    Set<RowId> cached = new LinkedHashSet<>();
    for (RowId key : keys) {
      if (key.kind() == Kind.RATE && key.id() <= Depot.RATES / 2) {
        continue;
      }
      nodes.forEach(node -> node.read(key));
      if (nodes.stream().allMatch(node -> node.answers(key))) {
        cached.add(key);
      }
    }
    return cached;
  }

  private void watch(OutsideWrite way, Set<RowId> keys, long committedNanos) {
    boolean[] gone = new boolean[nodes.size()];
    int left = gone.length;
    while (left > 0) {
      for (int i = 0; i < gone.length; i++) {
        DepotNode node = nodes.get(i);
        if (!gone[i] && keys.stream().noneMatch(node::answers)) {
          long nanos = System.nanoTime() - committedNanos;
          gone[i] = true;
          left--;
          result.byNode.get(i).add(nanos);
          result.of(way).add(nanos);
        }
      }
      if (left > 0 && System.nanoTime() - committedNanos > PATIENCE_NANOS) {
        throw new IllegalStateException("%s is still cached after %s".formatted(keys, way.label()));
      }
      // whoever evicts may need the processor
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Everything that was written since the last barrier must be seen by both nodes. */
  private void barrier() throws InterruptedException, TimeoutException {
    for (DepotNode node : nodes) {
      node.barrier();
      for (RowId key : touched) {
        result.readAfterBarriers++;
        if (node.read(key) != expectations.latest(key)) {
          result.wrongAfterBarriers++;
        }
      }
    }
    touched.clear();
    note();
  }

  private void survive() throws InterruptedException, TimeoutException {
    nodes.forEach(DepotNode::warm);
    result.cached = nodes.get(0).entries(Kind.ARTICLE);
    nodes
        .get(0)
        .factory()
        .inTransaction(
            session ->
                session
                    .createNativeMutationQuery(
                        "update freshet_demo.article set revision = revision + 1"
                            + " where id between 1 and 10")
                    .executeUpdate());
    for (DepotNode node : nodes) {
      node.barrier();
    }
    result.survivorsOne = nodes.get(0).entries(Kind.ARTICLE);
    result.survivorsTwo = nodes.get(1).entries(Kind.ARTICLE);
  }

  private boolean areOpen() {
    return nodes.stream().allMatch(node -> node.feed().open());
  }

  private long bypassed() {
    return nodes.stream().mapToLong(node -> node.feed().counts().bypassed()).sum();
  }

  private Mark mark() {
    long hits = 0;
    long misses = 0;
    for (DepotNode node : nodes) {
      Statistics statistics = node.factory().getStatistics();
      hits += statistics.getSecondLevelCacheHitCount();
      misses += statistics.getSecondLevelCacheMissCount();
    }
    return new Mark(hits, misses);
  }
}
