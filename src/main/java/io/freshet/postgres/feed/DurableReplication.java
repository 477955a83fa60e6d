package io.freshet.postgres.feed;

import io.freshet.concurrent.Bell;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.wal.DurableSlot;
import io.freshet.postgres.wal.FeedUnavailableException;
import io.freshet.postgres.wal.Visibility;
import io.freshet.postgres.wal.WalStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens streams on one permanent slot, which it makes where it is missing, and makes anew where it
 * is of no use any more. Used by one thread. {@link DurableSlot} has the protocol.
 */
final class DurableReplication implements Stream.Source {

  private static final Logger LOG = LoggerFactory.getLogger(DurableReplication.class);

  private static final Duration FENCE_PAUSE = Duration.ofMillis(20);

  /** Whom it waits for is said that often. */
  private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final DurableSlot slot;
  private final int maxKeys;
  private @Nullable Progress last;

  DurableReplication(DurableSlot slot, int maxKeys) {
    this.slot = slot;
    this.maxKeys = maxKeys;
  }

  @Override
  public Stream open(FeedTarget target, Connection side, Coverage coverage, Stream.Opening opening)
      throws SQLException, InterruptedException {
    return ReplicationStream.open(
        target, target.patience(), opening, stream -> begin(stream, side, coverage, opening));
  }

  private ReplicationStream begin(
      WalStream stream, Connection side, Coverage coverage, Stream.Opening opening)
      throws FeedUnavailableException, SQLException, InterruptedException {
    String history = stream.history();
    boolean goesOn = slot.isUsable(side);
    if (goesOn && last != null && last.isUnreadable()) {
      LOG.debug("Slot {} cannot be read any further and is made anew", slot.name());
      slot.drop(side);
      goesOn = false;
    }
    last = null;
    if (!goesOn) {
      make(stream, side, opening);
    }
    Progress progress = new Progress(stream, history, slot.start(stream, side));
    last = progress;
    return new ReplicationStream(
        stream,
        ReplicationStream.reader(side, coverage, maxKeys),
        Visibility.withoutFence(),
        new ReplicationStream.Durability(progress, goesOn));
  }

  private void make(WalStream stream, Connection side, Stream.Opening opening)
      throws FeedUnavailableException, SQLException, InterruptedException {
    SlotWait wait = SlotWait.begin(side, stream::abort, opening::waiting);
    try {
      slot.prepare(stream);
    } finally {
      wait.end();
    }
    long fence = WalStream.fence(side);
    long toldNanos = System.nanoTime();
    while (WalStream.snapshot(side).xmin() < fence) {
      Bell.pause(FENCE_PAUSE.toNanos());
      if (System.nanoTime() - toldNanos > TELL_NANOS) {
        toldNanos = System.nanoTime();
        SlotWait.tell(side, opening::waiting);
      }
    }
    slot.make(stream, side);
  }
}
