package io.freshet.torture;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one process has seen and done, a line each, in a file. Thread-safe.
 *
 * <p>The first character says what a line is: a read, a commit, a transaction that was rolled back,
 * a barrier, an own write that its transaction did not see, a count.
 */
final class Diary implements AutoCloseable {

  static final char READ = 'R';
  static final char COMMIT = 'C';
  static final char ROLLBACK = 'A';
  static final char BARRIER = 'B';
  static final char UNSEEN = 'U';
  static final char COUNT = 'X';

  private final BufferedWriter out;
  private final Map<String, Long> counts = new TreeMap<>();

  Diary(Path file) {
    try {
      this.out = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A read of a cached item. */
  void read(Read read) {
    line(READ, Lines.write(read));
  }

  /**
   * A commit.
   *
   * @param end {@link Long#MAX_VALUE} if it failed
   */
  void commit(String transaction, long begin, long end) {
    line(COMMIT, transaction + "\t" + begin + "\t" + end);
  }

  /** Surely not committed. */
  void rollback(String transaction) {
    line(ROLLBACK, transaction);
  }

  /** A barrier that has returned. */
  void barrier(long begin, long end) {
    line(BARRIER, begin + "\t" + end);
  }

  /** A transaction did not see its own write. */
  void unseen(String account) {
    line(UNSEEN, account);
  }

  /** One more of something. */
  void count(String what) {
    add(what, 1);
  }

  /** More of something. */
  synchronized void add(String what, long number) {
    counts.merge(what, number, Long::sum);
  }

  private synchronized void line(char kind, String text) {
    try {
      out.write(kind);
      out.write('\t');
      out.write(text);
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    counts.forEach((what, number) -> line(COUNT, what.replace('\t', ' ') + "\t" + number));
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
