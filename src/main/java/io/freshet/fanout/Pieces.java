package io.freshet.fanout;

import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.RowChange;
import io.freshet.change.UnknownChange;
import io.freshet.fanout.Content.Notes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Splits what is to be said into messages of at most {@link StreamCodec#MOST_BYTES}. Used once, by
 * one thread.
 *
 * <p>The first piece has the description and the reset, the last the answers and what else vouches
 * for the changes before it. Pieces need no putting together: each says what it says.
 */
final class Pieces {

  private final StreamId stream;
  private final List<byte[]> written = new ArrayList<>();
  private long sequence;

  private Pieces(StreamId stream, long sequence) {
    this.stream = stream;
    this.sequence = sequence;
  }

  /**
   * The messages.
   *
   * @param sequence of the message before
   */
  static List<byte[]> of(Content content, StreamId stream, long sequence) {
    Pieces pieces = new Pieces(stream, sequence);
    byte[] whole = pieces.encode(content);
    if (whole.length <= StreamCodec.MOST_BYTES) {
      return List.of(whole);
    }
    Notes notes = content.notes();
    pieces.add(
        new Content(
            content.description(),
            new Notes(notes.reset(), Optional.empty(), Optional.empty(), false),
            ChangeSet.EMPTY,
            Map.of(),
            Map.of()));
    pieces.split(content.changes().changes());
    pieces.add(
        new Content(
            Optional.empty(),
            new Notes(Optional.empty(), notes.waiting(), notes.position(), notes.goodbye()),
            ChangeSet.EMPTY,
            content.answers(),
            content.announced()));
    return pieces.written;
  }

  private void split(List<Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    byte[] bytes = encode(of(changes));
    if (bytes.length <= StreamCodec.MOST_BYTES) {
      take(bytes);
    } else if (changes.size() == 1) {
      add(of(List.of(narrowest(changes.get(0)))));
    } else {
      int half = changes.size() / 2;
      split(changes.subList(0, half));
      split(changes.subList(half, changes.size()));
    }
  }

  private static Content of(List<Change> changes) {
    return new Content(Optional.empty(), Notes.NONE, new ChangeSet(changes), Map.of(), Map.of());
  }

  /** A row whose values do not fit into a message is told as its table. */
  private static Change narrowest(Change change) {
    return change instanceof RowChange row
        ? row.anyRow()
        : new UnknownChange("a change that does not fit into a message");
  }

  private void add(Content content) {
    take(encode(content));
  }

  private void take(byte[] bytes) {
    written.add(bytes);
    sequence++;
  }

  private byte[] encode(Content content) {
    return StreamCodec.encode(new StreamMessage(stream, sequence + 1, content));
  }
}
