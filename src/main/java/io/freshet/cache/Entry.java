package io.freshet.cache;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What a region's store holds: Hibernate's own cache entry, and when it was read. Immutable but for
 * {@link #settle()}; thread-safe.
 *
 * <p>An entry is stored unsettled, and settled once its writer has looked again and found neither
 * an invalidation nor a lock. A settled entry is served as it is: every later invalidation removes
 * it. An unsettled one is served only after the reader has asked the guard itself. A store that
 * keeps copies (by value, off-heap) never sees the settling; its readers always ask.
 */
final class Entry implements Serializable {

  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // Hibernate's cache entries are Serializable, their type is Object
  private final Object value;

  @SuppressWarnings("serial") // versions are numbers or timestamps
  private final @Nullable Object version;

  private final long timestamp;
  private transient volatile boolean settled;

  Entry(Object value, @Nullable Object version, long timestamp) {
    this.value = value;
    this.version = version;
    this.timestamp = timestamp;
  }

  Object value() {
    return value;
  }

  @Nullable Object version() {
    return version;
  }

  /** The caching timestamp under which the value was read. */
  long timestamp() {
    return timestamp;
  }

  boolean isSettled() {
    return settled;
  }

  void settle() {
    settled = true;
  }

  /** The same value, to be stored once more. */
  Entry unsettledCopy() {
    return new Entry(value, version, timestamp);
  }

  @Override
  public String toString() {
    return "Entry[%s@%d%s]".formatted(value, timestamp, settled ? "" : ", unsettled");
  }
}
