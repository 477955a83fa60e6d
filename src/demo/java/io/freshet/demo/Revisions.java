package io.freshet.demo;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The revision of each row of a table, as far as it is known to be committed. Thread-safe; writers
 * of one row wait for each other, readers for nobody.
 *
 * <p>A revision counts as begun before its transaction starts, and as committed after commit has
 * returned. So whoever notes a committed revision and reads afterwards must find that one or a
 * younger one; and if none was begun meanwhile, exactly that one. Committed revisions are even;
 * those that were rolled back are odd, and nobody must ever read one.
 */
final class Revisions {

  private static final int STRIPES = 64;

  private final AtomicLongArray committed;
  private final AtomicLongArray begun;
  private final AtomicReferenceArray<WritePath> paths;
  private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

  /** What was known when it was asked for: a revision, and the way the row was written last. */
  record Noted(int row, long revision, WritePath path) {}

  /** A transaction that gives a row this revision. */
  interface Transaction {
    void run(long revision);
  }

  Revisions(int rows) {
    committed = new AtomicLongArray(rows + 1);
    begun = new AtomicLongArray(rows + 1);
    paths = new AtomicReferenceArray<>(rows + 1);
    for (int i = 0; i < STRIPES; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  Noted note(int row) {
    long revision = committed.get(row);
    @Nullable WritePath path = paths.get(row);
    return new Noted(row, revision, path == null ? WritePath.UNRELATED : path);
  }

  /** Whether no transaction has begun on the row since. */
  boolean isStill(Noted noted) {
    return begun.get(noted.row()) == noted.revision();
  }

  /** Runs a transaction that commits; one that throws may have committed or not. */
  void commit(int row, WritePath path, Transaction transaction) {
    locked(
        row,
        () -> {
          long revision = (begun.get(row) & ~1L) + 2;
          begun.set(row, revision);
          transaction.run(revision);
          paths.set(row, path);
          committed.set(row, revision);
        });
  }

  /** Runs a transaction that is rolled back. */
  void rollback(int row, Transaction transaction) {
    locked(row, () -> transaction.run(begun.get(row) + 1 | 1));
  }

  private void locked(int row, Runnable action) {
    ReentrantLock lock = locks[row % STRIPES];
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }
}
