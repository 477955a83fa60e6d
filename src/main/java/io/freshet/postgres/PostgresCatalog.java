package io.freshet.postgres;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.freshet.Message;
import io.freshet.change.Change;
import io.freshet.change.SideEffects;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What PostgreSQL does of its own accord around a write, read from its catalog: foreign-key
 * actions, triggers, rules, views, partitions, inheritance, generated columns and functions.
 * Thread-safe.
 *
 * <p>The catalog is read once, when it is first needed, and again after {@link #refresh()}. What
 * others change in the schema meanwhile is not noticed. While the read fails, every answer contains
 * an {@link UnknownChange}; the read is tried again when the catalog is next needed, but not more
 * often than every {@link #RETRY_INTERVAL}.
 *
 * <p>The code of functions is read, not run: a table counts as written where a writing statement in
 * SQL or PL/pgSQL names it, whatever conditions surround that statement. What it cannot see:
 * functions behind user-defined operators, casts and domain checks; functions that a view read by
 * the statement calls; triggers and functions that another function creates. What it does not
 * believe: code that builds SQL text or is written in another language may write anything.
 */
public final class PostgresCatalog implements SideEffects {

  /** The shortest time between a failed read and the next. */
  public static final Duration RETRY_INTERVAL = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(PostgresCatalog.class);

  private final ConnectionSource connections;
  private final LongSupplier nanoClock;
  private final AtomicLong generation = new AtomicLong();
  private final ReentrantLock reading = new ReentrantLock();

  /** Written under {@link #reading}, read without: whoever finds it current does not wait. */
  private volatile @Nullable Loaded loaded;

  /** Likewise. */
  private volatile @Nullable Failure failure;

  @GuardedBy("reading")
  private boolean warned;

  /** What was read, and before which call of {@link #refresh()}. */
  private record Loaded(long generation, CatalogSnapshot snapshot) {}

  /** Why the last read failed, and when. */
  private record Failure(String reason, long atNanos) {}

  /** Reads over these connections; time is {@link System#nanoTime()}. */
  public PostgresCatalog(ConnectionSource connections) {
    this(connections, System::nanoTime);
  }

  /**
   * Reads over these connections.
   *
   * @param nanoClock a monotonic clock in nanoseconds, which says when a failed read may be retried
   */
  public PostgresCatalog(ConnectionSource connections, LongSupplier nanoClock) {
    this.connections = connections;
    this.nanoClock = nanoClock;
  }

  /**
   * Whether a connection leads to PostgreSQL.
   *
   * @throws SQLException from the connection
   */
  public static boolean isPostgres(Connection connection) throws SQLException {
    return "PostgreSQL".equalsIgnoreCase(connection.getMetaData().getDatabaseProductName());
  }

  /**
   * Drops what was read: the schema has changed. Every call that begins after this one answers by
   * the new schema. To be called once the change is committed; does not block.
   */
  @Override
  public void refresh() {
    generation.incrementAndGet();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Nothing is read for no changes. The changed columns of an update must be all columns that
   * the statement assigned, be it to the value it had: {@code UPDATE OF} triggers fire by that. An
   * operation of {@link io.freshet.change.Operation#ANY} on a whole table may be a TRUNCATE, which
   * reaches all referencing tables: where it cannot be, several changes with their own operations
   * are answered more narrowly.
   */
  @Override
  public List<Change> widen(Collection<Change> changes) {
    return changes.isEmpty()
        ? List.of()
        : answer(changes, snapshot -> Widening.of(changes, snapshot));
  }

  /**
   * {@inheritDoc}
   *
   * <p>What the functions write is widened already. System functions write nothing, but for those
   * that run a query given as text. All overloads of a name count, in all schemas.
   */
  @Override
  public List<Change> ofCalls(Collection<String> functions) {
    return functions.isEmpty()
        ? List.of()
        : answer(
            List.of(),
            snapshot -> {
              Set<Change> effects = new LinkedHashSet<>();
              functions.forEach(name -> effects.addAll(snapshot.routines().effectsOfCall(name)));
              return Widening.of(effects, snapshot);
            });
  }

  @Override
  public boolean storesAsWritten(TableName table) {
    CatalogSnapshot snapshot = snapshot();
    return snapshot != null && snapshot.storesAsWritten(table);
  }

  private List<Change> answer(
      Collection<Change> atLeast, Function<CatalogSnapshot, List<Change>> question) {
    CatalogSnapshot snapshot = snapshot();
    if (snapshot != null) {
      return question.apply(snapshot);
    }
    Failure last = failure;
    List<Change> changes = new ArrayList<>(atLeast);
    changes.add(new UnknownChange(last == null ? "the catalog is unread" : last.reason()));
    return List.copyOf(changes);
  }

  /** The catalog as of now; null if it cannot be read. */
  private @Nullable CatalogSnapshot snapshot() {
    CatalogSnapshot current = current();
    if (current != null || failedLately()) {
      return current;
    }
    reading.lock();
    try {
      current = current();
      return current != null || failedLately() ? current : read();
    } finally {
      reading.unlock();
    }
  }

  private @Nullable CatalogSnapshot current() {
    Loaded last = loaded;
    return last != null && last.generation() == generation.get() ? last.snapshot() : null;
  }

  private boolean failedLately() {
    Failure last = failure;
    return last != null && nanoClock.getAsLong() - last.atNanos() < RETRY_INTERVAL.toNanos();
  }

  @GuardedBy("reading")
  private @Nullable CatalogSnapshot read() {
    // before the read: a refresh during it must not be lost
    long asOf = generation.get();
    try {
      long startNanos = nanoClock.getAsLong();
      CatalogSnapshot snapshot =
          new CatalogSnapshot(connections.withConnection(CatalogReader::read));
      LOG.debug("Read the catalog in {} us", (nanoClock.getAsLong() - startNanos) / 1000);
      loaded = new Loaded(asOf, snapshot);
      failure = null;
      warned = false;
      return snapshot;
    } catch (SQLException | RuntimeException e) {
      failure = new Failure("the catalog cannot be read: " + e.getMessage(), nanoClock.getAsLong());
      if (!warned) {
        warned = true;
        Message.CATALOG_READ_FAILED.warn(LOG, RETRY_INTERVAL.toSeconds(), e);
      }
      return null;
    }
  }
}
