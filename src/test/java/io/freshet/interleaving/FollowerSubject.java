package io.freshet.interleaving;

import io.freshet.change.ChangeFeed.Listener;
import io.freshet.change.ChangeSet;
import io.freshet.fanout.FollowerDoor;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jetbrains.lincheck.datastructures.Operation;

/**
 * A node asks, from any thread; a relay answers behind the commits that it has seen; the node's
 * thread hears both. A barrier must be of a moment before which nothing was committed that the node
 * has not heard of.
 */
public class FollowerSubject {

  private static final String RELAY = "relay";
  private static final String NODE = "node";

  private final boolean answersBehindTheChanges;
  private final Row row = new Row();
  private final AtomicLong asked = new AtomicLong();
  private final AtomicInteger heard = new AtomicInteger();
  private final AtomicLong sequence = new AtomicLong(1);
  private final ConcurrentLinkedQueue<LongConsumer> stream = new ConcurrentLinkedQueue<>();
  private final FollowerDoor node = new FollowerDoor(new Judge(), row::now);
  private String verdict = Row.FINE;

  private final class Judge implements Listener {
    @Override
    public void reset(String reason) {}

    @Override
    public void changes(ChangeSet changes) {
      heard.incrementAndGet();
    }

    @Override
    public void barrier(long sentNanos) {
      if (heard.get() < row.committedBefore(sentNanos)) {
        verdict = "heard of %d commits at %d".formatted(heard.get(), sentNanos);
      }
    }

    @Override
    public void interrupted(String reason) {}
  }

  public FollowerSubject() {
    this(true);
  }

  FollowerSubject(boolean answersBehindTheChanges) {
    this.answersBehindTheChanges = answersBehindTheChanges;
  }

  @Operation
  public String ask() {
    row.tick(1);
    long number = node.asking();
    asked.accumulateAndGet(number, Math::max);
    return Row.FINE;
  }

  @Operation
  public String commit() {
    row.commit();
    row.tick(1);
    return Row.FINE;
  }

  @Operation(nonParallelGroup = RELAY)
  public String answer() {
    long request = asked.get();
    if (answersBehindTheChanges) {
      tellChanges();
    }
    stream.add(number -> node.receiveAnswer(number, request));
    if (!answersBehindTheChanges) {
      tellChanges();
    }
    return Row.FINE;
  }

  private void tellChanges() {
    while (row.nextToTell() > 0) {
      stream.add(node::receiveChange);
    }
  }

  @Operation(nonParallelGroup = NODE)
  public String hear() {
    for (LongConsumer next = stream.poll(); next != null; next = stream.poll()) {
      next.accept(sequence.incrementAndGet());
    }
    return verdict;
  }

  /** A relay that answers first. */
  public static final class AnsweringFirst extends FollowerSubject {
    public AnsweringFirst() {
      super(false);
    }
  }
}
