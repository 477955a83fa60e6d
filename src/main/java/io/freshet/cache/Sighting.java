package io.freshet.cache;

/**
 * What a session would have been served at one moment. Immutable.
 *
 * @param value Hibernate's own cache entry
 * @param timestamp the caching timestamp under which it was read from the database
 */
public record Sighting(Object value, long timestamp) {

  /**
   * Whether both are of one reading of the database. By the timestamp, not by the object: a store
   * that keeps copies gives another object each time.
   */
  public boolean isOfTheSameReading(Sighting other) {
    return timestamp == other.timestamp;
  }
}
