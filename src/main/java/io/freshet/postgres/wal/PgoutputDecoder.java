package io.freshet.postgres.wal;

import io.freshet.postgres.wal.Pgoutput.OldKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one pgoutput message. The bytes are not trusted: whatever they are, the answer is a message
 * or a {@link MalformedReplicationException}, in time and memory proportional to the bytes that are
 * there, never to a length they claim. Used once, by one thread.
 */
final class PgoutputDecoder {

  /**
   * Messages of later protocol versions (streamed and prepared transactions), which were not asked
   * for. To skip them would be wrong: they change the meaning of what follows.
   */
  private static final String NOT_ASKED_FOR = "SEcAbPKrp";

  private static final int MESSAGE_TRANSACTIONAL = 1;
  private static final int TRUNCATE_CASCADE = 1;
  private static final int TRUNCATE_RESTART_IDENTITY = 2;
  private static final int COLUMN_IS_IDENTITY = 1;

  /** Flags, an empty name, type and modifier: less cannot describe a column. */
  private static final int MIN_COLUMN_BYTES = 10;

  private final ByteBuffer in;

  private PgoutputDecoder(ByteBuffer in) {
    this.in = in;
  }

  /**
   * Reads the message between the buffer's position and limit, and leaves both as they are.
   *
   * @throws MalformedReplicationException if it is cut short, too long, or makes no sense; the
   *     message says what and where
   */
  static Pgoutput decode(ByteBuffer message) throws MalformedReplicationException {
    PgoutputDecoder decoder = new PgoutputDecoder(message.slice());
    byte kind = decoder.int8("the kind");
    Pgoutput decoded = decoder.body(kind);
    if (!(decoded instanceof Pgoutput.Unknown) && decoder.in.hasRemaining()) {
      throw decoder.malformed(decoder.in.remaining() + " bytes after the end of the message");
    }
    return decoded;
  }

  private Pgoutput body(byte kind) throws MalformedReplicationException {
    return switch (kind) {
      case 'B' -> begin();
      case 'C' -> commit();
      case 'O' -> new Pgoutput.Origin(int64("the origin's LSN"), string("the origin's name"));
      case 'M' -> message();
      case 'R' -> relation();
      case 'Y' -> new Pgoutput.Type(int32("the type"), schema(), string("the type's name"));
      case 'I' -> {
        int relation = int32("the relation");
        expect('N');
        yield new Pgoutput.Insert(relation, tuple());
      }
      case 'U' -> update();
      case 'D' -> delete();
      case 'T' -> truncate();
      default -> {
        if (NOT_ASKED_FOR.indexOf(kind) >= 0) {
          throw malformed("kind " + show(kind) + ", which was not asked for");
        }
        yield new Pgoutput.Unknown(kind);
      }
    };
  }

  private Pgoutput begin() throws MalformedReplicationException {
    long finalLsn = int64("the final LSN");
    long time = int64("the commit time");
    int xid = int32("the transaction id");
    if (xid == 0) {
      throw malformed("a transaction without an id");
    }
    return new Pgoutput.Begin(finalLsn, time, xid);
  }

  private Pgoutput commit() throws MalformedReplicationException {
    int8("the flags");
    return new Pgoutput.Commit(
        int64("the commit LSN"), int64("the end LSN"), int64("the commit time"));
  }

  private Pgoutput message() throws MalformedReplicationException {
    boolean transactional = (int8("the flags") & MESSAGE_TRANSACTIONAL) != 0;
    long lsn = int64("the LSN");
    String prefix = string("the prefix");
    int length = length("the content");
    ByteBuffer content = in.slice(in.position(), length);
    in.position(in.position() + length);
    return new Pgoutput.Message(transactional, lsn, prefix, content);
  }

  private Pgoutput relation() throws MalformedReplicationException {
    int oid = int32("the relation");
    String schema = schema();
    String name = string("the relation's name");
    if (name.isBlank()) {
      throw malformed("a relation without a name");
    }
    char identity = (char) int8("the replica identity");
    if ("dnfi".indexOf(identity) < 0) {
      throw malformed("replica identity " + show((byte) identity));
    }
    int count = count("columns", MIN_COLUMN_BYTES);
    List<Pgoutput.Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      boolean key = (int8("a column's flags") & COLUMN_IS_IDENTITY) != 0;
      columns.add(
          new Pgoutput.Column(
              key, string("a column's name"), int32("a column's type"), int32("a modifier")));
    }
    return new Pgoutput.Relation(oid, schema, name, identity, columns);
  }

  private Pgoutput update() throws MalformedReplicationException {
    int relation = int32("the relation");
    byte part = int8("a tuple");
    OldKind oldKind = part == 'N' ? OldKind.NONE : oldKind(part);
    @Nullable Tuple before = null;
    if (oldKind != OldKind.NONE) {
      before = tuple();
      expect('N');
    }
    return new Pgoutput.Update(relation, oldKind, before, tuple());
  }

  private Pgoutput delete() throws MalformedReplicationException {
    int relation = int32("the relation");
    OldKind oldKind = oldKind(int8("a tuple"));
    return new Pgoutput.Delete(relation, oldKind, tuple());
  }

  private Pgoutput truncate() throws MalformedReplicationException {
    int count = int32("the number of relations");
    int flags = int8("the flags");
    if (count < 0 || (long) count * Integer.BYTES > in.remaining()) {
      throw malformed(count + " relations in " + in.remaining() + " bytes");
    }
    List<Integer> relations = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      relations.add(int32("a relation"));
    }
    return new Pgoutput.Truncate(
        (flags & TRUNCATE_CASCADE) != 0, (flags & TRUNCATE_RESTART_IDENTITY) != 0, relations);
  }

  private Tuple tuple() throws MalformedReplicationException {
    int count = count("columns", 1);
    byte[] kinds = new byte[count];
    int[] starts = new int[count];
    int[] lengths = new int[count];
    for (int i = 0; i < count; i++) {
      kinds[i] = int8("a column's kind");
      switch (kinds[i]) {
        case Tuple.NULL, Tuple.UNCHANGED -> {}
        case Tuple.TEXT, Tuple.BINARY -> {
          lengths[i] = length("a column's value");
          starts[i] = in.position();
          in.position(starts[i] + lengths[i]);
        }
        default -> throw malformed("a column of kind " + show(kinds[i]));
      }
    }
    return new Tuple(in, kinds, starts, lengths);
  }

  private OldKind oldKind(byte part) throws MalformedReplicationException {
    return switch (part) {
      case 'K' -> OldKind.KEY;
      case 'O' -> OldKind.FULL;
      default -> throw malformed("a tuple of kind " + show(part));
    };
  }

  private void expect(char part) throws MalformedReplicationException {
    byte found = int8("a tuple");
    if (found != part) {
      throw malformed("a tuple of kind " + show(found) + " instead of " + part);
    }
  }

  /** A number of things, each of which takes at least so many bytes of what is left. */
  private int count(String what, int minBytes) throws MalformedReplicationException {
    need(Short.BYTES, what);
    int count = Short.toUnsignedInt(in.getShort());
    if (count * minBytes > in.remaining()) {
      throw malformed(count + " " + what + " in " + in.remaining() + " bytes");
    }
    return count;
  }

  private int length(String what) throws MalformedReplicationException {
    int length = int32(what);
    if (length < 0 || length > in.remaining()) {
      throw malformed(what + " of " + length + " bytes where " + in.remaining() + " are left");
    }
    return length;
  }

  /** A schema; pg_catalog is told as nothing. */
  private String schema() throws MalformedReplicationException {
    String schema = string("the schema");
    return schema.isEmpty() ? "pg_catalog" : schema;
  }

  private String string(String what) throws MalformedReplicationException {
    int start = in.position();
    int end = start;
    while (end < in.limit() && in.get(end) != 0) {
      end++;
    }
    if (end == in.limit()) {
      throw malformed(what + " does not end");
    }
    in.position(end + 1);
    try {
      return Tuple.decode(in.slice(start, end - start));
    } catch (MalformedReplicationException e) {
      throw malformed(what + " is " + e.getMessage());
    }
  }

  private byte int8(String what) throws MalformedReplicationException {
    need(Byte.BYTES, what);
    return in.get();
  }

  private int int32(String what) throws MalformedReplicationException {
    need(Integer.BYTES, what);
    return in.getInt();
  }

  private long int64(String what) throws MalformedReplicationException {
    need(Long.BYTES, what);
    return in.getLong();
  }

  private void need(int bytes, String what) throws MalformedReplicationException {
    if (in.remaining() < bytes) {
      throw malformed(what + " is cut short");
    }
  }

  private MalformedReplicationException malformed(String problem) {
    String kind = in.limit() == 0 ? "an empty message" : "a message of kind " + show(in.get(0));
    return new MalformedReplicationException(
        problem + " (in " + kind + " of " + in.limit() + " bytes, at " + in.position() + ")");
  }

  private static String show(byte kind) {
    return kind > ' ' && kind < 0x7f ? "'" + (char) kind + "'" : "0x%02x".formatted(kind);
  }
}
