package io.freshet;

/** Why entries left a region. */
public enum EvictionCause {
  /** An entity or collection was written by a flush, or by a StatelessSession. */
  FLUSH,
  /** HQL, native SQL or JDBC wrote the table. */
  STATEMENT,
  /** The feed told of the change. */
  FEED,
  /** The feed could not tell what was missed, and everything went. */
  RESET,
  /** Somebody asked for it: Freshet's or Hibernate's own eviction methods. */
  REQUEST,
  /** An audit found that the entry differs from the database. */
  AUDIT,
  /** Something failed, and wider was safer. */
  FAILURE
}
