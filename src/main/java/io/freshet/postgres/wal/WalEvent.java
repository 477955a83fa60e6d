package io.freshet.postgres.wal;

import io.freshet.change.ChangeSet;

/** What the stream tells, in its order. The cases are records, immutable. */
public sealed interface WalEvent {

  /**
   * A transaction has written its commit. It need not be visible to anybody yet.
   *
   * @param xid the low 32 bits of its id, as {@link PgSnapshot#contains} takes them
   * @param changes what it did to covered tables; never empty
   */
  record Committed(int xid, ChangeSet changes) implements WalEvent {}

  /**
   * {@code freshet.evict} was called outside of any transaction: there is no commit to wait for.
   */
  record Announced(ChangeSet changes) implements WalEvent {}

  /**
   * A barrier, this node's or another's.
   *
   * @param nonce what its sender calls it
   */
  record Barrier(String nonce) implements WalEvent {}
}
