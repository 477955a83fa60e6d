package io.freshet.audit;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Finding;
import io.freshet.AuditReport.Reason;
import io.freshet.AuditReport.Totals;
import io.freshet.AuditSettings;
import io.freshet.Message;
import io.freshet.cache.CachingClock;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.cache.Sighting;
import io.freshet.concurrent.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what is cached with the database. Thread-safe; one audit runs at a time, and none fails
 * or blocks the application.
 *
 * <h2>Order of events</h2>
 *
 * <p>An entry that differs from the database need not be wrong: the change may be on its way. It is
 * stale if it is served after its change was delivered. So, for each entry:
 *
 * <ol>
 *   <li><b>Look:</b> note what a session would be served now, and its reading: the caching
 *       timestamp under which it was read.
 *   <li><b>Read</b> the database, with a transaction that begins now. Equal: fresh.
 *   <li><b>Barrier,</b> sent after that; one for all entries that differ. What the read saw had
 *       been committed before it, and so before the barrier was sent. When that comes back, it has
 *       been applied here.
 *   <li><b>Look again.</b> Still served, and the same reading: stale. Else the change has overtaken
 *       the entry, as it should.
 * </ol>
 *
 * <h2>Why there is no false alarm</h2>
 *
 * <ul>
 *   <li>The entry is not newer than the read: it was there at (1), so what it holds had been
 *       committed by then, and the read began later.
 *   <li>So what the read saw was committed after the entry's own snapshot, which is no older than
 *       its caching timestamp t. That commit's invalidation stamps the guard (a query's tables, or
 *       the region) with a time after the commit, and so after t. From (3) on nothing with
 *       timestamp t is admitted under that key: not the entry, not a copy of it, not what its
 *       reader may store again.
 *   <li>The value may change back meanwhile, and be cached again: A, B, A. That is another reading,
 *       with a timestamp after the stamp. Hence the timestamp is compared, neither the value nor
 *       the object, and stores that keep copies are as good as those that do not. Two sessions with
 *       one timestamp change nothing: the argument holds for whatever carries t.
 *   <li>What a flush has written through is stored under a timestamp taken after its commit, and
 *       only if nothing was invalidated since its transaction began: the same argument.
 *   <li>Locked keys, fenced regions and a closed gate serve nothing, at (1) or at (4).
 *   <li>A feed that loses its place between (3) and (4) clears everything before it goes on.
 * </ul>
 *
 * <p>What may differ for other reasons ends as "not compared": values without {@code equals}, SQL
 * that asks for the time, ties of an order. Where no feed tells of everybody's commits there is no
 * step (3), and what differs at (4) is unproven. Stale or unproven, the entry is evicted, which is
 * always right.
 */
public final class Auditor implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Auditor.class);

  /** So many entries share a barrier: fewer wait for it shorter, and fewer are overtaken. */
  private static final int BATCH = 20;

  private static final int HOPELESS = 5;
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long CLOSE_SECONDS = 5;

  private final AuditSettings settings;
  private final Duration patience;
  private final Proof proof;
  private final Cursor cursor;
  private final Recipes recipes = new Recipes();

  /** All audits run here: on a caller's thread they could be drawn into its transaction. */
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("freshet-audit"));

  private final CountDownLatch closed = new CountDownLatch(1);

  /** Callers who wait for an audit: one that runs at intervals goes on without pauses then. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final Sums sums = new Sums();
  private final SessionFactoryImplementor factory;
  private volatile @Nullable Management management;
  private volatile @Nullable AuditReport last;

  private record Suspect(
      Sample sample, Sighting seen, Comparison.Different comparison, long readNanos) {}

  public Auditor(SessionFactoryImplementor factory, FreshetRegionFactory regions, Proof proof) {
    this.settings = regions.settings().audit();
    Duration staleness = regions.settings().feed().maxStaleness();
    this.patience = staleness.multipliedBy(2);
    this.proof = proof;
    this.cursor = new Cursor(new Reader(factory, staleness.multipliedBy(5)), regions, recipes);
    this.factory = factory;
  }

  /** Begins to audit at intervals, if that is set, and registers the MXBean. */
  public void start() {
    if (settings.jmx()) {
      Management bean = new Management(this, factory);
      bean.register();
      management = bean;
    }
    settings.interval().ifPresent(this::schedule);
  }

  private void schedule(Duration interval) {
    // half of the interval is for the work, in small pieces
    long pause =
        Math.min(LONGEST_PAUSE_NANOS, interval.toNanos() / 2 / Math.max(1, settings.samples()));
    var unused =
        thread.scheduleWithFixedDelay(
            () -> auditOrWarn(pause), interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whatever it throws, there is a next one. */
  private void auditOrWarn(long pauseNanos) {
    try {
      audit(pauseNanos);
    } catch (Throwable e) {
      Message.AUDIT_FAILED.warn(LOG, 0, 0, e);
    }
  }

  /** Where queries are noted whose results are cached. */
  public Recipes recipes() {
    return recipes;
  }

  /**
   * As {@link io.freshet.Freshet#audit}.
   *
   * @throws IllegalStateException if this is closed
   */
  public AuditReport audit() {
    waiting.incrementAndGet();
    try {
      return await(thread.submit(() -> audit(0)));
    } catch (RejectedExecutionException | CancellationException e) {
      throw new IllegalStateException("The session factory is closed, and with it its audit", e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Whoever is interrupted meanwhile goes on, still interrupted. */
  private static AuditReport await(Future<AuditReport> audit) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return audit.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException("The audit has failed: " + e.getCause(), e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** What all audits have found; empty before the first. */
  public Optional<Totals> totals() {
    return sums.totals();
  }

  /** What the last audit has found; empty before the first. */
  public Optional<AuditReport> last() {
    return Optional.ofNullable(last);
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private AuditReport audit(long pauseNanos) {
    Tally tally = new Tally();
    try {
      run(tally, pauseNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      tally.failed(e); // no report without a sign of it
    }
    AuditReport report = tally.report();
    Throwable failure = tally.failure();
    if (failure != null && !isClosed()) {
      Message.AUDIT_FAILED.warn(LOG, tally.failed(), report.samples(), failure);
    }
    sums.add(report, failure != null);
    last = report;
    return report;
  }

  private void run(Tally tally, long pauseNanos) throws InterruptedException {
    List<Suspect> suspects = new ArrayList<>();
    int inBatch = 0;
    for (Sample sample : cursor.next(settings.samples())) {
      if (isClosed() || tally.failedInARow() >= HOPELESS) {
        break;
      }
      if (pauseNanos > 0 && waiting.get() == 0 && closed.await(pauseNanos, TimeUnit.NANOSECONDS)) {
        break;
      }
      Suspect suspect = compare(sample, tally);
      if (suspect != null) {
        suspects.add(suspect);
      }
      if (++inBatch % BATCH == 0) {
        decide(suspects, tally);
        suspects.clear();
      }
    }
    decide(suspects, tally);
    cursor.failures().forEach(tally::failed);
  }

  /** Steps (1) and (2); what differs is returned. */
  private static @Nullable Suspect compare(Sample sample, Tally tally) {
    try {
      Sighting seen = sample.look();
      if (seen == null) {
        return null; // it is not served, so it is no sample
      }
      Comparison comparison = sample.compare(seen);
      tally.succeeded();
      if (comparison instanceof Comparison.Different different) {
        return new Suspect(sample, seen, different, System.nanoTime());
      } else if (comparison instanceof Comparison.Unknown unknown) {
        tally.notCompared(unknown.reason());
      } else {
        tally.fresh();
      }
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
      LOG.debug("{} {} could not be compared", sample.kind(), sample.name(), e);
      tally.failed(e);
    }
    return null;
  }

  /** Step (3), and what follows from it. */
  private void decide(List<Suspect> suspects, Tally tally) throws InterruptedException {
    if (suspects.isEmpty()) {
      return;
    }
    boolean provable = proof.isPossible();
    if (provable) {
      try {
        proof.barrier(patience);
      } catch (TimeoutException e) {
        LOG.debug("No barrier came back, so that nothing is shown", e);
        suspects.forEach(suspect -> tally.notCompared(Reason.NO_BARRIER));
        return;
      } catch (RuntimeException e) {
        LOG.debug("The barrier has failed", e);
        suspects.forEach(suspect -> tally.failed(e));
        return;
      }
    }
    for (Suspect suspect : suspects) {
      try {
        decide(suspect, provable, tally);
      } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
        LOG.debug("{} {} could not be looked at", suspect.sample.kind(), suspect.sample.name(), e);
        tally.failed(e);
      }
    }
  }

  /** Step (4). */
  private static void decide(Suspect suspect, boolean provable, Tally tally) {
    Sighting again = suspect.sample.look();
    if (again == null) {
      // perhaps for a moment only: a writer's fence or lock, a lapsed lease
      suspect.sample.evict();
    }
    if (again == null || !again.isOfTheSameReading(suspect.seen)) {
      tally.overtaken();
      return;
    }
    suspect.sample.evict();
    Finding finding = finding(suspect, provable);
    if (provable) {
      tally.stale(finding);
      log(finding);
    } else {
      tally.unproven(finding);
      LOG.info("Evicted what differs from the database: {}", finding);
    }
  }

  private static Finding finding(Suspect suspect, boolean proved) {
    long now = System.nanoTime();
    Sample sample = suspect.sample;
    return new Finding(
        sample.kind(),
        sample.region(),
        sample.name(),
        sample.key(),
        Duration.ofNanos(now - suspect.readNanos),
        Duration.ofNanos(Math.max(0, CachingClock.system().now() - suspect.seen.timestamp())),
        suspect.comparison.row(),
        suspect.comparison.differences(),
        proved ? Message.AUDIT_STALE.id() : "");
  }

  private static void log(Finding finding) {
    Message.AUDIT_STALE.warn(
        LOG,
        finding.name(),
        finding.key(),
        finding.region(),
        finding.differences().stream()
            .map(
                one ->
                    "%s (%s): cached %s, database %s"
                        .formatted(one.property(), one.column(), one.cached(), one.database()))
            .collect(Collectors.joining("; ")),
        finding.atLeast().toMillis());
  }

  /** Ends the audit that runs, and waits for it a moment. */
  @Override
  public void close() {
    closed.countDown();
    Management bean = management;
    if (bean != null) {
      bean.unregister();
    }
    for (Runnable never : thread.shutdownNow()) {
      if (never instanceof Future<?> awaited) {
        awaited.cancel(false);
      }
    }
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.debug("An audit still waits for the database");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
