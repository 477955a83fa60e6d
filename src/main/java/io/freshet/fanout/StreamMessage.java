package io.freshet.fanout;

/**
 * One message of a source, on the channel that all nodes hear. Immutable.
 *
 * @param stream which stream it belongs to
 * @param sequence 1 for the first message of the stream, one more for each that follows: a hole
 *     shows
 * @param content what it says
 */
public record StreamMessage(StreamId stream, long sequence, Content content) {

  /**
   * @throws IllegalArgumentException if the sequence is less than 1
   */
  public StreamMessage {
    if (sequence < 1) {
      throw new IllegalArgumentException("sequences begin with 1, not " + sequence);
    }
  }
}
