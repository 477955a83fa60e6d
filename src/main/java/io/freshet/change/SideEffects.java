package io.freshet.change;

import java.util.Collection;
import java.util.List;

/**
 * What the database does of its own accord around a write: foreign-key actions, triggers, rules,
 * functions. Implementations are thread-safe and never answer with less than the truth: what they
 * cannot tell is an {@link UnknownChange}.
 */
public interface SideEffects {

  /**
   * The given changes together with everything that cascades, triggers, rules, views, partitions
   * and inheritance make of them.
   */
  List<Change> widen(Collection<Change> changes);

  /**
   * What calling one of these functions from a statement may write.
   *
   * @param functions names as they stand in the statement, optionally qualified, without quotes
   * @return no change if none of them writes
   */
  List<Change> ofCalls(Collection<String> functions);

  /**
   * Whether a row of this table is stored exactly as a statement wrote it: no trigger, rule or
   * generated column can change it on the way. False where that is not known.
   */
  boolean storesAsWritten(TableName table);

  /**
   * The schema has changed: every call that begins after this one answers by the new schema. To be
   * called once the change is committed; does not block.
   */
  default void refresh() {}
}
