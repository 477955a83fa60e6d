package io.freshet.audit;

/**
 * The audit of one session factory, by JMX: {@code io.freshet:type=Audit,name=...,id=...}.
 * Thread-safe.
 */
public interface AuditMXBean {

  /**
   * Compares a sample of what is cached with the database, as {@link io.freshet.Freshet#audit}
   * does.
   *
   * @return the report as one line of JSON
   */
  String audit();

  /** The report of the last audit as one line of JSON; empty before the first. */
  String getLastReport();

  /** How many audits have ended. */
  long getRuns();

  /** How many audits have failed in part. */
  long getFailures();

  /** Entries looked at. */
  long getSamples();

  /** Entries that equal the database. */
  long getFresh();

  /** Entries that differed, and were gone when their change had been delivered. */
  long getOvertaken();

  /** Entries that could not be compared. */
  long getNotCompared();

  /** Entries that were proved stale, and evicted. */
  long getStale();

  /** Entries that differ where nothing can be proved, and were evicted. */
  long getUnproven();
}
