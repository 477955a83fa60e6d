package io.freshet.sql;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers by text: those that were used last, of half the size at least and of the whole at most.
 * Thread-safe; to find what is used often takes no lock.
 *
 * <p>There are two generations. A new answer goes to the young one; when that is full it becomes
 * the old one, and what was old is forgotten. An answer that is found among the old becomes young
 * again. So one that is asked for while no more than half the others come in between stays.
 *
 * @param <V> an answer
 */
public final class Recent<V> {

  private final int generationSize;
  private volatile Map<String, V> young = new ConcurrentHashMap<>();
  private volatile Map<String, V> old = new ConcurrentHashMap<>();

  /**
   * @param size of both generations together
   */
  public Recent(int size) {
    this.generationSize = Math.max(1, size / 2);
  }

  /** The answer, or null if it is not known, or not any more. */
  public @Nullable V get(String text) {
    V found = young.get(text);
    if (found == null) {
      found = old.get(text);
      if (found != null) {
        put(text, found);
      }
    }
    return found;
  }

  /** Remembers an answer; one that is asked for at the same time may be lost. */
  public void put(String text, V answer) {
    if (young.size() >= generationSize) {
      age();
    }
    young.put(text, answer);
  }

  /** Those who come late find room, and change nothing. */
  private synchronized void age() {
    if (young.size() >= generationSize) {
      old = young;
      young = new ConcurrentHashMap<>();
    }
  }
}
