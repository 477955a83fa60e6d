package io.freshet.fanout;

import java.util.Optional;

/** Decides whether what a relay tells of is enough for this node. */
@FunctionalInterface
public interface Admission {

  /** Follows whoever describes itself. */
  Admission ANY = relay -> Optional.empty();

  /**
   * Called before a relay's stream is followed, on the feed's thread. May ask the database.
   *
   * @return why it is not enough, and what to do, for people; empty if it is
   */
  Optional<String> refuses(Description relay);

  /**
   * The relay that is followed cannot tell anything at the moment. Called on the feed's thread,
   * with each such message; whoever can mend that may do so.
   *
   * @param relay its latest description
   */
  default void waits(Description relay) {}
}
