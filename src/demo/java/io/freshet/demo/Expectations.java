package io.freshet.demo;

import io.freshet.demo.Depot.RowId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the depot's rows have held, and since when: tells a stale read from one that is late within
 * the bound. Thread-safe; each row has one writer at a time.
 *
 * <p>A value counts as begun before its transaction starts, and as committed after commit has
 * returned. A read is stale if it shows a value that had been replaced by a commit which returned
 * longer than the bound before the read began; on the node that wrote, the bound is zero.
 */
final class Expectations {

  /** No node: the writer is somebody else. */
  static final int OUTSIDE = -1;

  private static final int KEPT = 64;

  private final Depot.Size size;
  private final long boundNanos;
  private final Map<RowId, History> histories = new ConcurrentHashMap<>();

  /** What a read was. */
  enum Verdict {
    FRESH,
    /** Older than what was committed when the read began, but within the bound. */
    LATE,
    STALE
  }

  private record Version(long value, int writer, boolean isCommitted, long committedNanos) {

    boolean binds(int reader, long beginNanos, long boundNanos) {
      long bound = writer == reader ? 0 : boundNanos;
      return isCommitted && beginNanos - committedNanos > bound;
    }
  }

  private static final class History {
    private final List<Version> versions = new ArrayList<>();
  }

  Expectations(Depot.Size size, Duration bound) {
    this.size = size;
    this.boundNanos = bound.toNanos();
  }

  /** A transaction is about to give the row this value. */
  void begin(RowId key, long value, int writer) {
    History history = histories.computeIfAbsent(key, this::initial);
    synchronized (history) {
      history.versions.add(new Version(value, writer, false, 0));
      if (history.versions.size() > KEPT) {
        history.versions.remove(0);
      }
    }
  }

  private History initial(RowId key) {
    History history = new History();
    history.versions.add(
        new Version(size.initial(key), OUTSIDE, true, System.nanoTime() - boundNanos - 1));
    return history;
  }

  /** Commit has returned. */
  void committed(RowId key, long nowNanos) {
    History history = histories.get(key);
    if (history == null) {
      throw new IllegalStateException(key + " was not begun");
    }
    synchronized (history) {
      int last = history.versions.size() - 1;
      Version begun = history.versions.get(last);
      history.versions.set(last, new Version(begun.value, begun.writer, true, nowNanos));
    }
  }

  /**
   * Judges a read that has ended.
   *
   * @param reader the number of the node
   * @param beginNanos when the read began
   */
  Verdict judge(RowId key, int reader, long beginNanos, long value) {
    @Nullable History history = histories.get(key);
    if (history == null) {
      return value == size.initial(key) ? Verdict.FRESH : Verdict.STALE;
    }
    synchronized (history) {
      if (isFrom(history, newest(history, reader, beginNanos, 0), value)) {
        return Verdict.FRESH;
      }
      return isFrom(history, newest(history, reader, beginNanos, boundNanos), value)
          ? Verdict.LATE
          : Verdict.STALE;
    }
  }

  private static int newest(History history, int reader, long beginNanos, long boundNanos) {
    int index = history.versions.size() - 1;
    while (index > 0 && !history.versions.get(index).binds(reader, beginNanos, boundNanos)) {
      index--;
    }
    return index;
  }

  private static boolean isFrom(History history, int index, long value) {
    return history.versions.stream().skip(index).anyMatch(version -> version.value == value);
  }

  /** The value that was begun last. */
  long latest(RowId key) {
    @Nullable History history = histories.get(key);
    if (history == null) {
      return size.initial(key);
    }
    synchronized (history) {
      return history.versions.get(history.versions.size() - 1).value;
    }
  }

  /** Everything that was ever written. */
  List<RowId> written() {
    return List.copyOf(histories.keySet());
  }
}
