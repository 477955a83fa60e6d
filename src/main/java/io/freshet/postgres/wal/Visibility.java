package io.freshet.postgres.wal;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds what has come in the stream until everybody can see it. Thread-safe: one thread adds what
 * it reads, another asks for snapshots and delivers.
 *
 * <h2>Why a commit must not be told when it arrives</h2>
 *
 * The stream tells of a commit once its record is on disk. Other sessions see it only when its
 * backend has also removed it from the list of running transactions ({@code
 * ProcArrayEndTransaction}), after it has waited for synchronous standbys ({@code
 * SyncRepWaitForLSN}): usually microseconds later, without a standby that answers never. An
 * eviction in between is undone by the next reader: it loads the old row, and it does so after the
 * eviction, so that no guard refuses to cache it. So a change set is delivered only when a snapshot
 * taken by somebody else, {@code pg_current_snapshot()} on a second connection, contains its
 * transaction. Every snapshot taken from then on contains it too, and who loads the old row has an
 * older one.
 *
 * <p>A commit that nobody can see yet is not stale in the cache: the cache holds what the database
 * answers. That is also why it needs to hold up no other: evictions commute, and each is told when
 * its own transaction becomes visible. The order of commit records in the log is not the order in
 * which transactions become visible anyway.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>The reading thread {@link #add}s what arrives.
 *   <li>The delivering thread takes {@link #mark}, and then asks for a snapshot. The order matters:
 *       a barrier that arrives in between proves nothing by that snapshot.
 *   <li>{@link #release} gives, in the order of arrival, every change set that the snapshot
 *       contains, and every barrier that was there at the mark.
 * </ol>
 *
 * <p>A barrier so released proves what it should: a commit that ended before the barrier was sent
 * had its record in the log before the barrier, and was visible; so it arrived before the barrier,
 * the snapshot contains it, and it stands before the barrier in what is released, or was released
 * earlier. A commit still held has not ended for anybody.
 *
 * <h2>The hole at the beginning, and the fence</h2>
 *
 * A new slot tells of transactions whose commit record comes after the slot's consistent point. One
 * whose record comes before it and that is not visible yet is told never. Slot creation waits for
 * most of those ({@code SnapBuildWaitSnapshot}), but not for a transaction that began after the
 * last list of running transactions it waited for ({@code SNAPBUILD_FULL_SNAPSHOT}), nor, in older
 * minor releases, for any if another slot had left a serialized snapshot.
 *
 * <p>So the second connection takes a transaction id X of its own once the slot exists ({@link
 * WalStream#fence}). Every transaction of the hole had its id before X. As soon as {@code xmin} of
 * a snapshot is at least X, all of them have ended, and who reads from then on sees them. Barriers
 * are held back until then; and since nothing is cached before the first barrier, nor after it what
 * was read before, nothing that the hole has made stale is. {@code xmax} of a snapshot taken at
 * that time would not do: it is one more than the highest id that has <em>ended</em>, and a
 * transaction of the hole may be beyond it.
 *
 * <p>The price: after a reconnect, the first barrier waits for every transaction that was writing
 * when the slot had been created, in any database of the cluster.
 *
 * <h2>How far everything has been told</h2>
 *
 * {@link #toldTo} is the low-water mark of the log: every commit whose record starts before it has
 * been released. It is where the oldest commit record starts that is still held; if none is, the
 * place up to which the stream was read ({@link TransactionReader#readTo}). Commits that became
 * visible out of order wait for it, told, until the oldest is told too. It is that place to which a
 * permanent slot may be confirmed, and it loses nothing: the server leaves out exactly the commits
 * whose record starts before the confirmed place ({@link DurableSlot}), so that the one at the
 * mark, which is held, comes again. What was told behind the mark comes twice. There is no mark
 * before the fence has been passed: commits of the hole stand before every place, and are told
 * never.
 *
 * <h2>Memory</h2>
 *
 * A commit stays invisible only while its backend waits, so that at most {@code max_connections}
 * change sets are held for long, each bounded by {@link TransactionReader}. What has arrived and
 * was not asked about yet is bounded by the one who adds: it should stop reading while {@link
 * #size} is large; the server then waits.
 */
public final class Visibility {

  private record Held(long number, WalEvent event, long start) {}

  private final long fence;
  private final List<Held> held = new ArrayList<>();
  private long arrived;
  private long readTo;
  private boolean fencePassed;

  /**
   * @param fence what {@link WalStream#fence} gave after the slot was created
   */
  public Visibility(long fence) {
    this.fence = fence;
  }

  /** For a slot that has no hole at its beginning: {@link DurableSlot}. */
  public static Visibility withoutFence() {
    return new Visibility(0);
  }

  /** Something has arrived, somewhere behind what was read before. */
  public synchronized void add(WalEvent event) {
    add(event, readTo);
  }

  /**
   * Something has arrived.
   *
   * @param start where its record starts in the log, or an earlier place
   */
  public synchronized void add(WalEvent event, long start) {
    held.add(new Held(arrived++, event, start));
  }

  /** The stream was read up to this place; to be called after {@link #add}. */
  public synchronized void readTo(long lsn) {
    readTo = WalStream.later(readTo, lsn);
  }

  /**
   * Every commit whose record starts before this place has been released; 0 if that cannot be said
   * of any. Never goes back. To be asked once what was released has been delivered.
   */
  public synchronized long toldTo() {
    if (!fencePassed) {
      return 0;
    }
    long mark = readTo;
    for (Held one : held) {
      if (Long.compareUnsigned(one.start(), mark) < 0) {
        mark = one.start();
      }
    }
    return mark;
  }

  /** How much has arrived so far. To be taken before a snapshot is asked for. */
  public synchronized long mark() {
    return arrived;
  }

  /** How much is held. While it is not 0, a new snapshot may release something. */
  public synchronized int size() {
    return held.size();
  }

  /** Whether all that the stream may have missed at its beginning has ended. */
  public synchronized boolean isSettled() {
    return fencePassed;
  }

  /**
   * Takes out what may be delivered now, in the order of its arrival.
   *
   * @param snapshot a snapshot that was asked for after {@code mark} was taken
   * @param mark see {@link #mark}
   */
  public synchronized List<WalEvent> release(PgSnapshot snapshot, long mark) {
    fencePassed = fencePassed || snapshot.xmin() >= fence;
    List<WalEvent> released = new ArrayList<>();
    List<Held> kept = new ArrayList<>();
    for (Held one : held) {
      if (mayGo(one, snapshot, mark)) {
        released.add(one.event());
      } else {
        kept.add(one);
      }
    }
    held.clear();
    held.addAll(kept);
    return released;
  }

  private boolean mayGo(Held one, PgSnapshot snapshot, long mark) {
    if (one.event() instanceof WalEvent.Committed committed) {
      return snapshot.contains(committed.xid());
    } else if (one.event() instanceof WalEvent.Barrier) {
      return fencePassed && one.number() < mark;
    }
    return true;
  }
}
