package io.freshet.fanout;

import io.freshet.change.ChangeSet;
import io.freshet.change.LogPosition;
import java.util.Map;
import java.util.Optional;

/**
 * What a message says. Whoever reads it goes through its parts in the order of the components.
 * Immutable.
 *
 * @param description what the source is; the first message of a stream has one, and whenever a node
 *     has asked
 * @param notes what else there is to say of the source's state
 * @param changes what was committed, and is visible; of one transaction, a part of one, or several
 * @param answers by node, the number of its latest request: every commit that ended before that
 *     request was sent has been told in this stream, up to this message
 * @param announced by node, the number of the request whose announcement is in the changes
 */
public record Content(
    Optional<Description> description,
    Notes notes,
    ChangeSet changes,
    Map<String, Long> answers,
    Map<String, Long> announced) {

  public Content {
    answers = Map.copyOf(answers);
    announced = Map.copyOf(announced);
  }

  /**
   * The state of a source. Immutable.
   *
   * @param reset why something cannot be told that was committed before; empty where nothing is
   *     missing
   * @param waiting why the source cannot tell anything at the moment; empty where it can
   * @param position every commit up to here has been told
   * @param goodbye the source has told everything, and ends
   */
  public record Notes(
      Optional<String> reset,
      Optional<String> waiting,
      Optional<LogPosition> position,
      boolean goodbye) {

    /** Nothing worth a note. */
    public static final Notes NONE =
        new Notes(Optional.empty(), Optional.empty(), Optional.empty(), false);
  }
}
