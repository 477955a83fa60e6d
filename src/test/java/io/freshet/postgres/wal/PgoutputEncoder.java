package io.freshet.postgres.wal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes pgoutput messages as the server does. A column of a tuple is a {@link Cell}. */
final class PgoutputEncoder {

  /** One column: its kind and, where it has one, its value. */
  record Cell(byte kind, String value) {
    static final Cell NULL = new Cell(Tuple.NULL, "");
    static final Cell UNCHANGED = new Cell(Tuple.UNCHANGED, "");

    static Cell text(String value) {
      return new Cell(Tuple.TEXT, value);
    }
  }

  interface Body {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private PgoutputEncoder() {}

  static ByteBuffer message(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      body.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteBuffer.wrap(bytes.toByteArray());
  }

  static ByteBuffer begin(int xid) {
    return message(
        out -> {
          out.writeByte('B');
          out.writeLong(7);
          out.writeLong(8);
          out.writeInt(xid);
        });
  }

  static ByteBuffer commit() {
    return message(
        out -> {
          out.writeByte('C');
          out.writeByte(0);
          out.writeLong(7);
          out.writeLong(9);
          out.writeLong(8);
        });
  }

  static ByteBuffer origin(String name) {
    return message(
        out -> {
          out.writeByte('O');
          out.writeLong(5);
          string(out, name);
        });
  }

  static ByteBuffer emitted(boolean transactional, String prefix, String content) {
    return message(
        out -> {
          out.writeByte('M');
          out.writeByte(transactional ? 1 : 0);
          out.writeLong(5);
          string(out, prefix);
          value(out, content);
        });
  }

  static ByteBuffer relation(Pgoutput.Relation relation) {
    return message(
        out -> {
          out.writeByte('R');
          out.writeInt(relation.oid());
          string(out, relation.schema().equals("pg_catalog") ? "" : relation.schema());
          string(out, relation.name());
          out.writeByte(relation.replicaIdentity());
          out.writeShort(relation.columns().size());
          for (Pgoutput.Column column : relation.columns()) {
            out.writeByte(column.identity() ? 1 : 0);
            string(out, column.name());
            out.writeInt(column.typeOid());
            out.writeInt(column.typeModifier());
          }
        });
  }

  static ByteBuffer type(int oid, String schema, String name) {
    return message(
        out -> {
          out.writeByte('Y');
          out.writeInt(oid);
          string(out, schema);
          string(out, name);
        });
  }

  static ByteBuffer insert(int relation, List<Cell> after) {
    return message(
        out -> {
          out.writeByte('I');
          out.writeInt(relation);
          tuple(out, 'N', after);
        });
  }

  /**
   * @param oldKind K, O, or N for none
   */
  static ByteBuffer update(int relation, char oldKind, List<Cell> before, List<Cell> after) {
    return message(
        out -> {
          out.writeByte('U');
          out.writeInt(relation);
          if (oldKind != 'N') {
            tuple(out, oldKind, before);
          }
          tuple(out, 'N', after);
        });
  }

  static ByteBuffer delete(int relation, char oldKind, List<Cell> before) {
    return message(
        out -> {
          out.writeByte('D');
          out.writeInt(relation);
          tuple(out, oldKind, before);
        });
  }

  static ByteBuffer truncate(int flags, List<Integer> relations) {
    return message(
        out -> {
          out.writeByte('T');
          out.writeInt(relations.size());
          out.writeByte(flags);
          for (int relation : relations) {
            out.writeInt(relation);
          }
        });
  }

  private static void tuple(DataOutputStream out, char part, List<Cell> cells) throws IOException {
    out.writeByte(part);
    out.writeShort(cells.size());
    for (Cell cell : cells) {
      out.writeByte(cell.kind());
      if (cell.kind() == Tuple.TEXT || cell.kind() == Tuple.BINARY) {
        value(out, cell.value());
      }
    }
  }

  private static void value(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void string(DataOutputStream out, String value) throws IOException {
    out.write(value.getBytes(StandardCharsets.UTF_8));
    out.writeByte(0);
  }
}
