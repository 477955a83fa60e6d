package io.freshet.hibernate;

import io.freshet.Message;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.transaction.jta.platform.spi.JtaPlatform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journals that take part in JTA transactions which still run. A session may have a connection
 * for each statement there, and several sessions one transaction: they all see what any of them has
 * written, and none may store it for others. Thread-safe.
 */
final class JtaTransactions {

  private static final Logger LOG = LoggerFactory.getLogger(JtaTransactions.class);

  private final SessionFactoryImplementor factory;
  private final Map<Object, List<Journal>> running = new ConcurrentHashMap<>();

  /** Whether it could not be said once in which transaction a thread is. */
  private volatile boolean blind;

  JtaTransactions(SessionFactoryImplementor factory) {
    this.factory = factory;
  }

  /** The journal is about to hold something that this thread's transaction writes. */
  void join(Journal journal) {
    Transaction current = current();
    if (current == null || !isActive(current)) {
      return;
    }
    try {
      List<Journal> journals =
          running.computeIfAbsent(
              platform().getTransactionIdentifier(current),
              begun -> {
                platform().registerSynchronization(new End(begun));
                return new CopyOnWriteArrayList<>();
              });
      if (!journals.contains(journal)) {
        journals.add(journal);
      }
    } catch (RuntimeException e) {
      if (isActive(current)) { // else it is about to be rolled back, and nothing of it is stored
        isUnknown(e.toString());
      }
    }
  }

  /** What this thread's transaction has written so far. */
  List<Journal> joined() {
    Transaction current = running.isEmpty() ? null : current();
    return current == null ? List.of() : journals(current);
  }

  private List<Journal> journals(Transaction transaction) {
    try {
      return running.getOrDefault(platform().getTransactionIdentifier(transaction), List.of());
    } catch (RuntimeException e) {
      isUnknown(e.toString()); // no reason to fail a read
      return List.of();
    }
  }

  /**
   * Whether this thread's transaction surely has not written anything that could be cached, so far.
   * Of one that is about to end, or can only be rolled back, nobody asks further.
   */
  boolean haveWrittenNothing() {
    Transaction current = current();
    boolean nothing =
        current == null
            || (isActive(current) && journals(current).stream().allMatch(Journal::reachesNothing));
    return nothing && !blind;
  }

  /** Has the journal end with the running JTA transaction; false if there is none. */
  boolean endWith(Journal journal) {
    if (!platform().canRegisterSynchronization()) {
      return false;
    }
    platform().registerSynchronization(journal);
    return true;
  }

  /** This thread's transaction; null if there is none. */
  private @Nullable Transaction current() {
    try {
      TransactionManager manager = platform().retrieveTransactionManager();
      if (manager == null) {
        isUnknown("the platform has no transaction manager");
        return null;
      }
      return manager.getTransaction();
    } catch (SystemException | RuntimeException e) {
      isUnknown(e.toString());
      return null;
    }
  }

  private void isUnknown(String reason) {
    if (!blind) {
      blind = true;
      Message.TRANSACTION_UNKNOWN.warn(LOG, reason);
    }
  }

  private static boolean isActive(Transaction transaction) {
    try {
      return transaction.getStatus() == Status.STATUS_ACTIVE;
    } catch (SystemException e) {
      return false;
    }
  }

  private JtaPlatform platform() {
    return factory.getServiceRegistry().requireService(JtaPlatform.class);
  }

  /** Forgets a transaction when it is over. */
  private final class End implements Synchronization {

    private final Object transaction;

    End(Object transaction) {
      this.transaction = transaction;
    }

    @Override
    public void beforeCompletion() {}

    @Override
    public void afterCompletion(int status) {
      running.remove(transaction);
    }
  }
}
