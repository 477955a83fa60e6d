package io.freshet.fanout;

/**
 * Names one stream of messages. Immutable.
 *
 * @param source who sends it: unique, and new with each start of a process
 * @param epoch which of the source's streams; a relay that takes over has a greater one than those
 *     before it
 */
public record StreamId(String source, long epoch) {

  /**
   * @throws IllegalArgumentException if the source has no name
   */
  public StreamId {
    if (source.isEmpty()) {
      throw new IllegalArgumentException("a stream has no source");
    }
  }

  @Override
  public String toString() {
    return source + "/" + epoch;
  }
}
