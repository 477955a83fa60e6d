package io.freshet.postgres.wal;

import io.freshet.change.BoundedChanges;
import io.freshet.change.ChangeSetCodec;
import io.freshet.change.ColumnSet;
import io.freshet.change.MalformedChangeSetException;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.wal.Pgoutput.OldKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the messages of the stream into transactions, and keeps of them what is covered. Used by
 * one thread.
 *
 * <p>Memory: of each covered table and operation at most {@code maxKeys} rows with their key and
 * watched columns, for the one transaction that is being read; the server sends transactions whole,
 * one after the other. More rows than that become one {@link TableChange}, and the rows that still
 * come are counted by their first five bytes. Of a published table that is not covered it is told
 * once that it has changed: somebody may have added it for a query that names it.
 *
 * <h2>What is known of an update</h2>
 *
 * <ul>
 *   <li>Replica identity full: both rows, and so what did not change.
 *   <li>Identity changed, or its value is stored apart: the old identity, the new row.
 *   <li>No old row: its identity is that of the new row ({@code ExtractReplicaIdentity} in {@code
 *       heapam.c} logs it only where it differs). With identity full a row without its old self
 *       comes from a partition with another identity, and then nothing is known of what it was.
 *   <li>Large values that the update did not touch are not told: known from the old row or not at
 *       all, and surely unchanged.
 * </ul>
 *
 * <p>With {@code publish_via_partition_root}, a row of a partition is described by the root's
 * replica identity, but what is logged of its old self goes by the partition's own ({@code
 * pgoutput_change} in {@code pgoutput.c}). Nothing in the stream tells the two apart: columns of an
 * old row that the partition did not log come as nulls. Tables where they may differ have to be
 * named to the constructor; of their old rows no null is taken for a value.
 */
public final class TransactionReader {

  /** The prefix of messages that are meant for Freshet. */
  public static final String PREFIX = "freshet";

  private final int maxKeys;
  private final Set<Long> mixedIdentity;
  private final Map<TableName, Coverage.Table> byName = new HashMap<>();
  private final Map<Integer, Coverage.Table> byOid = new HashMap<>();

  /** Published, and not covered: somebody may have tracked them by hand. */
  private final Map<Integer, TableName> uncovered = new HashMap<>();

  private final Map<Integer, DescribedRelation> described = new HashMap<>();

  private @Nullable BoundedChanges open;
  private int xid;
  private long commitStart;
  private long readTo;

  /**
   * @param coverage the tables to tell of
   * @param maxKeys above this many rows of one table changed by one operation in one transaction,
   *     the table is told instead of its rows
   * @param mixedIdentity object ids of the partitioned tables of which some partition has, or may
   *     come to have, another replica identity than the table itself
   */
  public TransactionReader(Coverage coverage, int maxKeys, Set<Long> mixedIdentity) {
    if (maxKeys < 0) {
      throw new IllegalArgumentException("maxKeys must not be negative, but is " + maxKeys);
    }
    this.maxKeys = maxKeys;
    this.mixedIdentity = Set.copyOf(mixedIdentity);
    for (TableName read : coverage.readers().keySet()) {
      // a child (INHERITS) comes under its own name: that it has changed is all that can be said
      byName.put(read, new Coverage.Table(0, read, List.of(), List.of()));
    }
    for (Coverage.Table table : coverage.tables()) {
      byName.put(table.name(), table);
      byOid.put((int) table.oid(), table);
    }
  }

  /**
   * Reads the next message of the stream.
   *
   * @param message one whole message, between position and limit; not kept
   * @return what it completes, or null
   * @throws MalformedReplicationException if it is damaged or does not fit to what came before;
   *     this reader is of no use any more
   */
  public @Nullable WalEvent accept(ByteBuffer message) throws MalformedReplicationException {
    if (isPassedOver(message)) {
      return null;
    }
    Pgoutput decoded = PgoutputDecoder.decode(message);
    if (decoded instanceof Pgoutput.Begin begin) {
      begin(begin);
    } else if (decoded instanceof Pgoutput.Commit commit) {
      commitStart = commit.commitLsn();
      readTo = WalStream.later(readTo, commit.endLsn());
      return commit();
    } else if (decoded instanceof Pgoutput.Relation relation) {
      describe(relation);
    } else if (decoded instanceof Pgoutput.Message told) {
      return message(told);
    } else if (decoded instanceof Pgoutput.Truncate truncate) {
      truncate(truncate);
    } else if (decoded instanceof Pgoutput.Insert insert) {
      insert(insert);
    } else if (decoded instanceof Pgoutput.Update update) {
      update(update);
    } else if (decoded instanceof Pgoutput.Delete delete) {
      delete(delete);
    }
    return null;
  }

  /** Where the record of the last commit starts that {@link #accept} has read. */
  public long commitStart() {
    return commitStart;
  }

  /**
   * How far the stream was read: every commit whose record starts before this place has been given
   * out, or was of no interest. The stream has the commits in the order of their records, and a
   * message outside of transactions stands between them where its own record does ({@code
   * DecodeCommit} and {@code logicalmsg_decode} in {@code decode.c} hand each over as they come to
   * it). So it is where the record of the last of either ends; 0 before the first.
   */
  public long readTo() {
    return readTo;
  }

  /** Whether this is a row of a table that is told as a whole. */
  private boolean isPassedOver(ByteBuffer message) throws MalformedReplicationException {
    if (message.remaining() < 1 + Integer.BYTES) {
      return false;
    }
    int start = message.position();
    @Nullable Operation operation =
        switch (message.get(start)) {
          case 'I' -> Operation.INSERT;
          case 'U' -> Operation.UPDATE;
          case 'D' -> Operation.DELETE;
          default -> null;
        };
    if (operation == null) {
      return false;
    }
    BoundedChanges changes = changes();
    int oid = message.slice().getInt(1);
    DescribedRelation relation = described.get(oid);
    if (relation != null) {
      return changes.isTold(relation.table(), operation);
    }
    TableName other = uncovered.get(oid);
    if (other != null) {
      changes.add(new TableChange(other, operation, ColumnSet.ALL));
      return true;
    }
    throw new MalformedReplicationException(
        "a row of relation %s, which was never described".formatted(Integer.toUnsignedString(oid)));
  }

  private void begin(Pgoutput.Begin begin) throws MalformedReplicationException {
    if (open != null) {
      throw new MalformedReplicationException("a transaction begins inside of another");
    }
    open = new BoundedChanges(maxKeys);
    xid = begin.xid();
  }

  private @Nullable WalEvent commit() throws MalformedReplicationException {
    BoundedChanges changes = changes();
    open = null;
    return changes.isEmpty() ? null : new WalEvent.Committed(xid, changes.toChangeSet());
  }

  private BoundedChanges changes() throws MalformedReplicationException {
    if (open == null) {
      throw new MalformedReplicationException("a change outside of any transaction");
    }
    return open;
  }

  private void describe(Pgoutput.Relation relation) {
    Coverage.Table covered = byName.get(new TableName(relation.schema(), relation.name()));
    if (covered == null) {
      // renamed since
      covered = byOid.get(relation.oid());
    }
    if (covered == null) {
      described.remove(relation.oid());
      uncovered.put(relation.oid(), new TableName(relation.schema(), relation.name()));
    } else {
      boolean uniform = !mixedIdentity.contains(Integer.toUnsignedLong(relation.oid()));
      uncovered.remove(relation.oid());
      described.put(relation.oid(), new DescribedRelation(relation, covered, uniform));
    }
  }

  private @Nullable WalEvent message(Pgoutput.Message message)
      throws MalformedReplicationException {
    if (!message.transactional()) {
      // within a transaction its place is before that of the commit
      readTo = WalStream.later(readTo, message.lsn());
    }
    if (!message.prefix().equals(PREFIX)) {
      return null;
    }
    // what is not UTF-8 is no change set, and no nonce that anybody waits for
    String content = StandardCharsets.UTF_8.decode(message.content().duplicate()).toString();
    if (!content.startsWith("{")) {
      // inside a transaction it is nobody's barrier: it would be told long after it was written
      return message.transactional() ? null : new WalEvent.Barrier(content);
    }
    if (message.transactional()) {
      announce(content, changes());
      return null;
    }
    BoundedChanges alone = new BoundedChanges(maxKeys);
    announce(content, alone);
    return alone.isEmpty() ? null : new WalEvent.Announced(alone.toChangeSet());
  }

  /**
   * Adds what {@code freshet.evict} wrote. A text that cannot be read told of something all the
   * same.
   */
  private static void announce(String json, BoundedChanges changes) {
    try {
      ChangeSetCodec.decode(json).changes().forEach(changes::add);
    } catch (MalformedChangeSetException e) {
      changes.add(new UnknownChange("a message to " + PREFIX + ": " + e.getMessage()));
    }
  }

  private void truncate(Pgoutput.Truncate truncate) throws MalformedReplicationException {
    BoundedChanges changes = changes();
    for (int oid : truncate.relations()) {
      DescribedRelation relation = described.get(oid);
      TableName table = relation == null ? uncovered.get(oid) : relation.table();
      if (table == null) {
        throw new MalformedReplicationException(
            "TRUNCATE of relation %s, which was never described"
                .formatted(Integer.toUnsignedString(oid)));
      }
      changes.add(new TableChange(table, Operation.TRUNCATE, ColumnSet.ALL));
    }
  }

  private void insert(Pgoutput.Insert insert) throws MalformedReplicationException {
    DescribedRelation relation = relation(insert.relation());
    relation.check(insert.after());
    RowValues after = relation.row(insert.after(), null);
    add(relation, Operation.INSERT, RowValues.UNKNOWN, after, ColumnSet.ALL);
  }

  private void update(Pgoutput.Update update) throws MalformedReplicationException {
    DescribedRelation relation = relation(update.relation());
    Tuple old = update.before();
    Tuple now = update.after();
    relation.check(now);
    if (old != null) {
      relation.check(old);
    }
    if (relation.replicaIdentity() == 'n') {
      changes().add(new TableChange(relation.table(), Operation.UPDATE, ColumnSet.ALL));
    } else if (old == null) {
      boolean known = relation.uniformIdentity() && relation.replicaIdentity() != 'f';
      RowValues before = known ? relation.identity(now) : RowValues.UNKNOWN;
      ColumnSet changed = relation.exceptUnchanged(now, known);
      add(relation, Operation.UPDATE, before, relation.row(now, null), changed);
    } else if (update.oldKind() == OldKind.KEY) {
      ColumnSet changed = relation.exceptUnchanged(now, false);
      RowValues after = relation.row(now, null);
      add(relation, Operation.UPDATE, relation.identity(old), after, changed);
    } else {
      ColumnSet changed = relation.difference(old, now);
      RowValues after = relation.row(now, old);
      add(relation, Operation.UPDATE, relation.oldRow(old), after, changed);
    }
  }

  private void delete(Pgoutput.Delete delete) throws MalformedReplicationException {
    DescribedRelation relation = relation(delete.relation());
    Tuple old = delete.before();
    relation.check(old);
    if (relation.replicaIdentity() == 'n') {
      changes().add(new TableChange(relation.table(), Operation.DELETE, ColumnSet.ALL));
      return;
    }
    boolean whole = delete.oldKind() == OldKind.FULL;
    RowValues before = whole ? relation.oldRow(old) : relation.identity(old);
    add(relation, Operation.DELETE, before, RowValues.UNKNOWN, ColumnSet.ALL);
  }

  private void add(
      DescribedRelation relation,
      Operation operation,
      RowValues before,
      RowValues after,
      ColumnSet changed)
      throws MalformedReplicationException {
    changes().add(new RowChange(relation.table(), operation, before, after, changed));
  }

  private DescribedRelation relation(int oid) throws MalformedReplicationException {
    DescribedRelation relation = described.get(oid);
    if (relation == null) {
      throw new MalformedReplicationException("a row of a relation that was never described");
    }
    return relation;
  }
}
