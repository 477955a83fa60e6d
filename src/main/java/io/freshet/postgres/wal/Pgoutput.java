package io.freshet.postgres.wal;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of the logical decoding output plugin pgoutput, protocol version 1 with the option
 * {@code messages}: PostgreSQL documentation, "Logical Replication Message Formats"; {@code
 * src/backend/replication/logical/proto.c} writes them. Object ids and transaction ids are unsigned
 * 32-bit numbers, kept as {@code int}.
 */
sealed interface Pgoutput {

  /** The changes of a transaction follow, up to its {@link Commit}. */
  record Begin(long finalLsn, long commitTimeMicros, int xid) implements Pgoutput {}

  /** The transaction is complete. */
  record Commit(long commitLsn, long endLsn, long commitTimeMicros) implements Pgoutput {}

  /** The transaction was itself replayed from another server. */
  record Origin(long lsn, String name) implements Pgoutput {}

  /**
   * What {@code pg_logical_emit_message} wrote. The content is any bytes; only the reader knows
   * whether it should be text.
   */
  record Message(boolean transactional, long lsn, String prefix, ByteBuffer content)
      implements Pgoutput {}

  /**
   * A table, told before its first change and again after its definition has changed.
   *
   * @param replicaIdentity as in {@code pg_class.relreplident}: d (default), n (nothing), f (full)
   *     or i (index)
   */
  record Relation(int oid, String schema, String name, char replicaIdentity, List<Column> columns)
      implements Pgoutput {
    public Relation {
      columns = List.copyOf(columns);
    }
  }

  /**
   * A column of a {@link Relation}. Dropped columns are not told, nor are generated ones unless the
   * publication asks for them.
   *
   * @param identity whether it is part of the replica identity; with identity full, all are
   */
  record Column(boolean identity, String name, int typeOid, int typeModifier) {}

  /** A type that is not built in. */
  record Type(int oid, String schema, String name) implements Pgoutput {}

  /** A row came. */
  record Insert(int relation, Tuple after) implements Pgoutput {}

  /**
   * A row changed.
   *
   * @param oldKind what is told of the row as it was
   * @param before null exactly where {@code oldKind} is {@link OldKind#NONE}
   */
  record Update(int relation, OldKind oldKind, @Nullable Tuple before, Tuple after)
      implements Pgoutput {}

  /** A row went. */
  record Delete(int relation, OldKind oldKind, Tuple before) implements Pgoutput {}

  /** All rows of some tables went. */
  record Truncate(boolean cascade, boolean restartIdentity, List<Integer> relations)
      implements Pgoutput {
    public Truncate {
      relations = List.copyOf(relations);
    }
  }

  /** A kind that a later PostgreSQL may send, skipped whole. */
  record Unknown(byte kind) implements Pgoutput {}

  /** How much is told of a row as it was. */
  enum OldKind {
    /** Nothing: its replica identity has not changed. */
    NONE,
    /** The columns of the replica identity; the others are told as null and mean nothing. */
    KEY,
    /** All columns. */
    FULL
  }
}
