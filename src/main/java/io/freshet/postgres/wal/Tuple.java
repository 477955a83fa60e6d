package io.freshet.postgres.wal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The columns of one row, as a view of the message they came in: nothing is copied or turned into
 * text before it is asked for. Used by one thread, and not kept.
 */
final class Tuple {

  static final byte NULL = 'n';

  /** A large value, stored apart, that this update did not touch; it is not told. */
  static final byte UNCHANGED = 'u';

  static final byte TEXT = 't';
  static final byte BINARY = 'b';

  private final ByteBuffer message;
  private final byte[] kinds;
  private final int[] starts;
  private final int[] lengths;

  /**
   * @param message the whole message, over which {@code starts} counts
   */
  Tuple(ByteBuffer message, byte[] kinds, int[] starts, int[] lengths) {
    this.message = message;
    this.kinds = kinds;
    this.starts = starts;
    this.lengths = lengths;
  }

  int size() {
    return kinds.length;
  }

  byte kind(int column) {
    return kinds[column];
  }

  /** The bytes of a {@link #TEXT} or {@link #BINARY} column; empty for the others. */
  ByteBuffer bytes(int column) {
    return message.slice(starts[column], lengths[column]);
  }

  /**
   * The value of a {@link #TEXT} column.
   *
   * @throws MalformedReplicationException if it is not UTF-8
   */
  String text(int column) throws MalformedReplicationException {
    return decode(bytes(column));
  }

  /** Whether both tell the same value of a column, byte for byte. */
  boolean sameValue(int column, Tuple other) {
    byte kind = kinds[column];
    return kind == other.kinds[column]
        && kind != UNCHANGED
        && bytes(column).equals(other.bytes(column));
  }

  /** Strict: a byte that is not UTF-8 must not turn into another value's replacement character. */
  static String decode(ByteBuffer bytes) throws MalformedReplicationException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedReplicationException("text that is not UTF-8", e);
    }
  }
}
