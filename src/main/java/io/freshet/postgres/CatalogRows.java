package io.freshet.postgres;

import java.util.List;

/**
 * What was read from the catalog, as it stands there.
 *
 * @param relations the relations outside the system's schemas, without temporary ones
 * @param inheritance from each child to its parents; partitions are children
 * @param foreignKeys the foreign keys
 * @param code what runs on a write
 */
record CatalogRows(
    List<Relation> relations, List<Link> inheritance, List<ForeignKey> foreignKeys, Code code) {

  /** A pair of identities. */
  record Link(long from, long to) {}

  /**
   * What runs on a write.
   *
   * @param triggers the enabled triggers
   * @param rules the enabled rules, views' own rules among them
   * @param attached from each relation to the functions that its defaults, checks, policies and
   *     trigger conditions call
   * @param routines the functions and procedures
   */
  record Code(
      List<Trigger> triggers, List<Rule> rules, List<Link> attached, List<Routine> routines) {}
}
