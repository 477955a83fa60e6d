package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.cache.CachingClock;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.SessionContext;
import io.freshet.change.Change;
import io.freshet.change.TableName;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hibernate.SessionEventListener;
import org.hibernate.cache.spi.access.SoftLock;
import org.hibernate.engine.jdbc.spi.JdbcCoordinator;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.resource.jdbc.spi.LogicalConnectionImplementor;
import org.hibernate.resource.transaction.spi.TransactionStatus;
import org.jspecify.annotations.Nullable;

/**
 * A session's view of the journal: that of its connection, or its own where the connection is not
 * observed. Used by the session's thread only.
 */
final class JournalContext extends SessionContext {

  private final Node node;
  private @Nullable Journal joined;
  private @Nullable Map<KeptKey, Echoes.Kept> keepable;
  private List<String> lastSpaces = List.of();
  private List<HeldLock> held = List.of();
  private boolean listening;
  private Outcome outcome = Outcome.OPEN;

  /** How the session's transaction ended. */
  enum Outcome {
    OPEN,
    COMMITTED,
    ROLLED_BACK,
    /** Neither, or one after the other. */
    UNCERTAIN
  }

  private record KeptKey(String region, Object key) {}

  private record HeldLock(FreshetRegion region, Object key, SoftLock lock) {}

  /** A session that ends gives back what its transaction's completion has left. */
  private final class Closing implements SessionEventListener {

    private static final long serialVersionUID = 1L;

    @Override
    public void end() {
      giveBackLocks(session().isTransactionInProgress());
    }
  }

  JournalContext(Node node, SharedSessionContractImplementor session, CachingClock clock) {
    super(session, clock);
    this.node = node;
  }

  /** The context of a session, if Freshet is active there. */
  static @Nullable JournalContext ofSession(SharedSessionContractImplementor session) {
    return session.getCacheTransactionSynchronization() instanceof JournalContext context
        ? context
        : null;
  }

  Node node() {
    return node;
  }

  /** The driver's connection, for reading the catalog. */
  Supplier<Connection> connections() {
    return () -> {
      Connection connection = logicalConnection().getPhysicalConnection();
      ObservedConnection observed = ObservedConnection.find(connection);
      return observed == null ? connection : observed.raw();
    };
  }

  /** Whether Hibernate itself locks and unlocks what a flush of this session writes. */
  boolean isStateful() {
    return session().isEventSource();
  }

  /** The tenant whose entities a flush writes; null where it may be anybody's. */
  @Nullable String tenant() {
    var resolver =
        session().getFactory().getSessionFactoryOptions().getCurrentTenantIdentifierResolver();
    Object tenant = session().getTenantIdentifierValue();
    return resolver != null && tenant != null && resolver.isRoot(tenant)
        ? null
        : session().getTenantIdentifier();
  }

  @Override
  public void transactionJoined() {
    super.transactionJoined();
    giveBackLocks(false);
    outcome = Outcome.OPEN;
    keepable = null;
    lastSpaces = List.of();
  }

  @Override
  public void transactionCompleting() {}

  @Override
  public void transactionCompleted(boolean successful) {}

  @Override
  protected boolean snapshotIsOlder() {
    ObservedConnection connection = connection();
    return connection != null && connection.wasInTransactionBefore();
  }

  @Override
  public boolean mayHaveChanged(String region, Object key) {
    Journal journal = journal();
    return (journal != null && journal.reaches(region, key))
        || (node.isJta() && anyOfJta(other -> other.reaches(region, key)));
  }

  @Override
  public boolean mayHaveChanged(String querySpace) {
    Journal journal = journal();
    return (journal != null && journal.reaches(querySpace))
        || (node.isJta() && anyOfJta(other -> other.reaches(querySpace)));
  }

  @Override
  public boolean mayPublish() {
    LogicalConnectionImplementor logical = logicalConnection();
    if (logical.isPhysicallyConnected()
        && ObservedConnection.find(logical.getPhysicalConnection()) == null) {
      return false; // whatever else happens on this connection is not seen
    }
    if (!node.tenants().isKnown(session().getTenantIdentifier(), getCachingTimestamp())) {
      return false;
    }
    Journal journal = journal();
    return (journal == null || journal.reachesNothing())
        && (!node.isJta() || node.jtaTransactions().haveWrittenNothing());
  }

  /** Whether a journal of other connections, or other sessions, of the transaction is so. */
  private boolean anyOfJta(Predicate<Journal> condition) {
    return node.jtaTransactions().joined().stream().anyMatch(condition);
  }

  /** Also while the transaction still runs: a lock that is given back before its end only read. */
  @Override
  public boolean isRolledBack() {
    return ended(Outcome.ROLLED_BACK, TransactionStatus.ROLLED_BACK)
        || (outcome == Outcome.OPEN && transactionStatus() == TransactionStatus.ACTIVE);
  }

  @Override
  public boolean mayKeepUpdated(String region, Object key) {
    return keepable != null
        && keepable.containsKey(new KeptKey(region, key))
        && ended(Outcome.COMMITTED, TransactionStatus.COMMITTED);
  }

  /** What the journal saw on the connection; without one, Hibernate's word. */
  private boolean ended(Outcome expected, TransactionStatus status) {
    return outcome == expected || (outcome == Outcome.OPEN && transactionStatus() == status);
  }

  private TransactionStatus transactionStatus() {
    return session().getTransactionCoordinator().getTransactionDriverControl().getStatus();
  }

  @Override
  public void locked(FreshetRegion region, Object key, SoftLock lock) {
    if (held.isEmpty()) {
      held = new ArrayList<>(); // most sessions lock nothing
    }
    held.add(new HeldLock(region, key, lock));
    journalForWriting();
    if (!listening) {
      listening = true;
      session().getEventListenerManager().addListener(new Closing());
    }
  }

  /**
   * Gives back the locks whose release was cut off.
   *
   * @param inTransaction whether the connection has yet to end the transaction: it evicts then
   */
  private void giveBackLocks(boolean inTransaction) {
    for (HeldLock lock : held) {
      if (lock.region.holds(lock.lock)) {
        if (inTransaction) {
          journalForWriting().addKey(lock.region.getName(), lock.key);
        }
        boolean rolledBack = !inTransaction && outcome == Outcome.ROLLED_BACK;
        lock.region.unlock(lock.key, lock.lock, rolledBack, EvictionCause.FAILURE);
      }
    }
    held = List.of();
  }

  /**
   * The flush wrote exactly what Hibernate is going to cache.
   *
   * @param table the table that it updated
   */
  void keepUpdated(String region, Object key, TableName table) {
    if (keepable == null) {
      keepable = new HashMap<>();
    }
    keepable.put(new KeptKey(region, key), new Echoes.Kept(region, key, table));
  }

  /**
   * It takes part in a transaction from here on. That need not be one which it was told of: one on
   * a connection that it shares, or none of Hibernate's.
   */
  void takesPart() {
    if (outcome != Outcome.OPEN) {
      keepable = null; // of an earlier one
    }
  }

  /** What Hibernate is going to keep in the cache when the transaction commits. */
  Collection<Echoes.Kept> kept() {
    return keepable == null ? List.of() : keepable.values();
  }

  /**
   * The rows of entries that Hibernate has locked, or says are changed, and no event has told of.
   *
   * @param changed keys that Hibernate says are changed
   * @param traced what events and statements have told of
   */
  List<Change> untold(Set<Journal.TouchedKey> changed, FootprintSum traced) {
    Set<Journal.TouchedKey> all = new HashSet<>(changed);
    held.forEach(lock -> all.add(new Journal.TouchedKey(lock.region.getName(), lock.key)));
    List<Change> rows = new ArrayList<>();
    for (Journal.TouchedKey one : all) {
      boolean kept = keepable != null && keepable.containsKey(new KeptKey(one.region(), one.key()));
      if (!kept && !traced.reaches(one.region(), one.key())) {
        rows.addAll(UntoldRows.of(one.region(), one.key(), session()));
      }
    }
    return rows;
  }

  /** Something else than a flush wrote in this transaction, and nothing of it may be kept. */
  void statementRan() {
    keepable = null;
  }

  /** A transaction that this session took part in has ended. */
  void ended(Outcome how) {
    outcome = outcome == Outcome.OPEN || outcome == how ? how : Outcome.UNCERTAIN;
  }

  @Override
  public void changed(String region, Object key) {
    Journal journal = journalForWriting();
    journal.addKey(region, key);
    endIfOutsideTransaction(journal);
  }

  @Override
  public void spacesWritten(String[] querySpaces) {
    lastSpaces = List.of(querySpaces);
    journalForWriting().addSpaces(lastSpaces);
  }

  @Override
  public void statementAnnounced(String region) {
    journalForWriting().announce(region);
  }

  /**
   * The statement that Hibernate announced is about to run.
   *
   * @param everySpace whether Hibernate announced it as writing every table, for want of knowledge
   */
  void claimAnnouncement(boolean everySpace) {
    Journal journal = journalForWriting();
    journal.claimAnnouncement();
    if (everySpace) {
      journal.retractSpaces(lastSpaces);
    }
    lastSpaces = List.of();
  }

  /** A flush, or a StatelessSession, wrote rows. */
  void flushed(Write write) {
    if (write.isEmpty()) {
      return;
    }
    Journal journal = journalForWriting();
    journal.addFlushed(write);
    if (commitsByItself()) {
      journal.afterCommit();
      if (session().getConfiguredJdbcBatchSize() > 1) {
        // the statement may still wait in a batch: once more when the connection is given back
        journal.addFlushed(write);
      }
    }
  }

  /** A statement of this session is about to run. */
  void beginStatement(String sql, Write write) {
    Journal journal = journalForWriting();
    journal.addStatement(sql, write);
    if (commitsByItself()) {
      journal.beforeCompletion();
    }
  }

  /** The statement ran, or failed. */
  void endStatement() {
    endIfOutsideTransaction(journalForWriting());
  }

  private void endIfOutsideTransaction(Journal journal) {
    if (commitsByItself()) {
      journal.afterCommit();
    }
  }

  /** Outside a transaction each statement does. */
  private boolean commitsByItself() {
    if (session().isTransactionInProgress()) {
      return false;
    }
    ObservedConnection connection = connection();
    return connection == null || connection.isAutoCommit();
  }

  private Journal journalForWriting() {
    ObservedConnection connection =
        ObservedConnection.find(logicalConnection().getPhysicalConnection());
    Journal journal;
    if (connection != null && !node.isJta()) {
      journal = connection.journal();
    } else {
      journal = ownJournal(connection);
    }
    journal.enlist(this);
    if (node.isJta()) {
      node.jtaTransactions().join(journal);
    }
    joined = journal;
    return journal;
  }

  /** A journal that ends with the session's transaction, whatever its connection does. */
  private Journal ownJournal(@Nullable ObservedConnection connection) {
    Journal journal = joined != null ? joined : new Journal(node);
    if (connection != null) {
      journal = connection.journal();
    }
    if (journal.isEmpty() && session().isTransactionInProgress()) {
      session()
          .getTransactionCoordinator()
          .getLocalSynchronizations()
          .registerSynchronization(journal);
    }
    return journal;
  }

  /** The journal that holds what this session's transaction wrote; null if there is none yet. */
  private @Nullable Journal journal() {
    ObservedConnection connection = connection();
    if (connection != null && !connection.journal().isEmpty()) {
      return connection.journal();
    }
    return joined;
  }

  /** The observed connection, if the session has one at the moment. */
  private @Nullable ObservedConnection connection() {
    LogicalConnectionImplementor logical = logicalConnection();
    return logical.isPhysicallyConnected()
        ? ObservedConnection.find(logical.getPhysicalConnection())
        : null;
  }

  private LogicalConnectionImplementor logicalConnection() {
    JdbcCoordinator coordinator = session().getJdbcCoordinator();
    return coordinator.getLogicalConnection();
  }
}
