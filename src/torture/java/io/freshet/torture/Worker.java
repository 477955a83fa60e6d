package io.freshet.torture;

import io.freshet.Freshet;
import io.freshet.torture.LabelledSource.Label;
import jakarta.persistence.PersistenceException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;

/** One thread of a node: transactions that read or write, and barriers, until it is told to end. */
final class Worker implements Runnable {

  private static final long STAMPS_PER_NODE = 1_000_000_000_000L;
  private static final long STAMPS_PER_THREAD = 10_000_000_000L;

  private final SessionFactory factory;
  private final int node;
  private final int thread;
  private final Diary diary;
  private final BooleanSupplier running;
  private final long pauseNanos;
  private final Dice dice;
  private int transactions;
  private long stamp;

  Worker(SessionFactory factory, Place place, Diary diary, BooleanSupplier running) {
    this.factory = factory;
    this.node = place.node;
    this.thread = place.thread;
    this.pauseNanos = place.pause.toNanos();
    this.diary = diary;
    this.running = running;
    this.dice = new Dice(place.seed * 31 + node * 7L + thread);
    this.stamp = (node + 1) * STAMPS_PER_NODE + thread * STAMPS_PER_THREAD;
  }

  /**
   * Who it is.
   *
   * @param pause between two transactions, on the average
   */
  record Place(int node, int thread, long seed, Duration pause) {}

  @Override
  public void run() {
    while (running.getAsBoolean()) {
      int choice = dice.below(1000);
      try {
        if (choice < 10) {
          barrier();
        } else if (choice < 200) {
          write();
        } else if (choice < 230) {
          writeStateless();
        } else {
          read();
        }
      } catch (RuntimeException e) {
        diary.count("failed: " + name(e));
        if (!isOfTheDatabase(e)) {
          diary.unseen("a transaction failed: " + trace(e));
        }
      } catch (Error e) {
        diary.unseen("a thread of the application ended: " + trace(e));
        throw e;
      }
      LockSupport.parkNanos(dice.between(0, 2 * pauseNanos));
    }
  }

  /** Faults and conflicts fail transactions; Freshet never does (G6). */
  private static boolean isOfTheDatabase(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException || cause instanceof PersistenceException) {
        return true;
      }
    }
    return false;
  }

  private static String trace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString().replaceAll("\\s+", " ");
  }

  private static String name(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String text = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return failure.getClass().getSimpleName() + ": " + text.replaceAll("[0-9]+", "#");
  }

  private void barrier() {
    long begin = System.nanoTime();
    try {
      Freshet.of(factory).barrier(Duration.ofMillis(300));
      diary.barrier(begin, System.nanoTime());
      diary.count("barriers");
    } catch (TimeoutException e) {
      diary.count("barriers in vain");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String begin(boolean snapshot) {
    String transaction = "n%d.%d.%d".formatted(node, thread, ++transactions);
    LabelledSource.label(new Label(transaction, snapshot));
    return transaction;
  }

  private void read() {
    boolean snapshot = dice.percent(30);
    begin(snapshot);
    long began = System.nanoTime();
    try (Session session = factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      Reads reads = new Reads(session, node, snapshot, began, diary);
      int number = 1 + dice.below(6);
      try {
        for (int i = 0; i < number; i++) {
          reads.any(dice);
          diary.count("reads");
          if (snapshot && dice.percent(5)) {
            // an old snapshot, from which something may be cached
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(dice.between(1, 300)));
          }
        }
      } finally {
        transaction.rollback();
      }
    }
  }

  private void write() {
    boolean snapshot = dice.percent(25);
    String name = begin(snapshot);
    long began = System.nanoTime();
    try (Session session = factory.openSession()) {
      Transaction transaction = session.beginTransaction();
      try {
        if (dice.percent(30)) {
          new Reads(session, node, snapshot, began, diary).any(dice);
        }
        Writes writes = new Writes(session, dice, () -> ++stamp, diary);
        for (int i = 1 + dice.below(3); i > 0; i--) {
          diary.count("write by " + writes.any());
          session.clear();
        }
      } catch (RuntimeException e) {
        rollback(transaction, name);
        throw e;
      }
      end(transaction, name);
    }
  }

  private void writeStateless() {
    String name = begin(false);
    try (StatelessSession session = factory.openStatelessSession()) {
      Transaction transaction = session.beginTransaction();
      try {
        stateless(session);
      } catch (RuntimeException e) {
        rollback(transaction, name);
        throw e;
      }
      end(transaction, name);
    }
  }

  private void stateless(StatelessSession session) {
    int id = dice.key(Table.RATE);
    Model.Rate rate = session.get(Model.Rate.class, id);
    if (rate != null && dice.percent(20)) {
      session.delete(rate);
    } else {
      Model.Rate next = rate == null ? new Model.Rate() : rate;
      next.id = id;
      next.amount = dice.below(4);
      next.stamp = ++stamp;
      if (rate != null) {
        session.update(next);
      } else if (dice.percent(50)) {
        session.insert(next);
      } else {
        session.upsert(next);
      }
    }
    diary.count("write by StatelessSession");
  }

  private void end(Transaction transaction, String name) {
    if (dice.percent(20)) {
      rollback(transaction, name);
      diary.count("rollbacks");
      return;
    }
    long begin = System.nanoTime();
    try {
      transaction.commit();
      diary.commit(name, begin, System.nanoTime());
      diary.count("commits");
    } catch (RuntimeException e) {
      diary.commit(name, begin, Long.MAX_VALUE);
      throw e;
    }
  }

  /** Whether it succeeds or not: nobody has asked for a commit. */
  private void rollback(Transaction transaction, String name) {
    diary.rollback(name);
    if (transaction.isActive() || transaction.getStatus().canRollback()) {
      transaction.rollback();
    }
  }

  /** Reads everything twice after a barrier, so that what is cached is read as well. */
  void verify() {
    for (int round = 0; round < 2; round++) {
      begin(false);
      long began = System.nanoTime();
      try (Session session = factory.openSession()) {
        Transaction transaction = session.beginTransaction();
        new Reads(session, node, false, began, diary).all();
        transaction.rollback();
      }
    }
  }
}
