package io.freshet.fanout;

import io.freshet.change.ChangeFeed.Listener;
import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.fanout.Content.Notes;
import io.freshet.fanout.Description.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** A node that follows one relay, for tests of other packages. As thread-safe as a follower. */
public final class FollowerDoor {

  private static final String NODE = "me";
  private static final StreamId RELAY = new StreamId("relay", 1);
  private static final Duration PATIENCE = Duration.ofDays(1);

  private final Follower follower;

  public FollowerDoor(Listener listener, LongSupplier clock) {
    follower =
        new Follower(
            NODE,
            new Follower.Patience(PATIENCE, PATIENCE),
            relay -> Optional.empty(),
            listener,
            clock);
    follower.connected();
    Description relay = new Description(Kind.WAL, "db", Optional.empty(), "", List.of());
    receive(1, Optional.of(relay), ChangeSet.EMPTY, Map.of());
  }

  /** Any thread: the number of the request. */
  public long asking() {
    return follower.asking();
  }

  /** The node's thread: somebody has changed something. */
  public void receiveChange(long sequence) {
    ChangeSet changes = new ChangeSet(List.of(TableChange.anything(TableName.of("t"))));
    receive(sequence, Optional.empty(), changes, Map.of());
  }

  /** The node's thread: this request is answered. */
  public void receiveAnswer(long sequence, long request) {
    receive(sequence, Optional.empty(), ChangeSet.EMPTY, Map.of(NODE, request));
  }

  private void receive(
      long sequence, Optional<Description> description, ChangeSet changes, Map<String, Long> said) {
    follower.received(
        new StreamMessage(
            RELAY, sequence, new Content(description, Notes.NONE, changes, said, Map.of())));
  }
}
