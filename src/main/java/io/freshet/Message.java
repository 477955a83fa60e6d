package io.freshet;

import org.slf4j.Logger;

/**
 * The catalogue of everything Freshet logs at WARN and above. The number never changes its meaning,
 * so that an alert may name it.
 */
public enum Message {
  NO_FEED(
      1,
      "No change feed ({}): this cache sees what is written through its own session factory, and"
          + " nothing else (other nodes, other services, psql, jobs). Set {}=none to accept that"
          + " and silence this message"),
  CONNECTIONS_NOT_OBSERVED(
      2,
      "Connections of {} come from a ConnectionProvider that Freshet could not wrap: JDBC work on"
          + " them is not seen, so what is loaded through them is not cached"),
  REGION_NOT_BOUNDED(
      3,
      "Region {} is created by {}, whose size limit Freshet does not know how to set: {}={} has no"
          + " effect; configure the cache with the provider's own means"),
  REGION_MISSING(
      4,
      "No cache {} is configured and {} says create-warn: it is created with Freshet's defaults."
          + " Set {}=create to silence this message"),
  REGION_SETTING_UNUSED(
      5,
      "{} has no effect: {}. It would for a query region of that name, or a region that Freshet"
          + " creates"),
  TRANSACTION_UNKNOWN(
      6,
      "It cannot be told in which JTA transaction a thread is: what is loaded under JTA is not"
          + " cached from now on. Reason: {}"),
  STORE_READ_FAILED(10, "Region {}: the JCache provider failed to read; treated as a miss"),
  STORE_WRITE_FAILED(11, "Region {}: the JCache provider failed to store; the value is not cached"),
  STORE_EVICTION_FAILED(
      12,
      "Region {}: the JCache provider failed to evict; the region is closed and the database"
          + " answers until it has been cleared"),
  STORE_RECOVERED(13, "Region {}: cleared and open again"),
  LOCK_EXPIRED(
      14,
      "Region {}: a soft lock was never released ({} seconds); the transaction that took it was"
          + " cut off. The entry is evicted"),
  FENCE_EXPIRED(
      15, "Region {}: a commit never ended ({} seconds); the region is cleared and open again"),
  INVALIDATION_FAILED(
      20, "Invalidation after a commit failed in part; every region is cleared instead"),
  STATEMENT_UNKNOWN(
      21, "A statement may have written anything: every region is cleared on commit. Reason: {}"),
  STATEMENT_ANALYSIS_FAILED(
      22, "A statement could not be analysed: every region is cleared on commit"),
  EVENT_NOT_UNDERSTOOD(
      23, "The write of {} could not be traced to rows: every region is cleared on commit"),
  CATALOG_READ_FAILED(
      30,
      "The PostgreSQL catalog could not be read, so cascades and triggers are unknown: writes clear"
          + " every region until it can, tried again in {} seconds at the earliest. The role needs"
          + " SELECT on pg_catalog"),
  COLUMN_TYPES_UNREAD(
      31,
      "The types of text columns could not be read from the PostgreSQL catalog: writes of entities"
          + " with a text identifier clear their whole region"),
  FEED_INTERRUPTED(
      40,
      "The {} feed has broken off; hits are served until the lease runs out, then the database"
          + " answers until the feed has caught up. Reason: {}"),
  FEED_RESTORED(41, "The {} feed has caught up: hits are served again"),
  FEED_LATE(
      42,
      "The feed has not caught up for {} ms: the database answers until it has. It is still"
          + " connected. Reason: {}"),
  FEED_CHANGE_FAILED(
      43, "A change that the feed told of could not be applied; every region is cleared instead"),
  FEED_NOT_READY(
      44, "The {} feed has not caught up yet, and the database answers until it has: {}"),
  FEED_WARNING(45, "{}"),
  FEED_UNKNOWN(
      46, "The feed told of something that is not known: everything is evicted. Reason: {}"),
  PUBLISH_INTERRUPTED(
      50,
      "What this node commits cannot be published at the moment, and is kept until it can; other"
          + " nodes stop serving hits when their lease runs out. Reason: {}"),
  PUBLISH_UNENDED(
      51,
      "A commit has not ended for {} seconds; what it was about to change is published as if it"
          + " had"),
  RELAY_INTERRUPTED(
      60,
      "The relay has lost the database, and another may take over; nodes serve hits until their"
          + " lease runs out. Reason: {}"),
  RELAY_SLOT(
      61,
      "Replication slot {} makes the server keep {} MiB of its log: is the broker reachable, and the"
          + " relay fast enough? max_slot_wal_keep_size limits it; then the slot is lost, and every"
          + " node resets"),
  AUDIT_STALE(
      70,
      "Stale: {} {} in region {} differs from the database in {}, and the change had been delivered"
          + " (a barrier sent after the comparison came back, and the entry was still served). It"
          + " has been stale for {} ms at least, and is evicted. Writes that go untold are most"
          + " likely: run freshet doctor"),
  AUDIT_FAILED(
      71,
      "An audit could not compare {} of {} entries, or was cut short; the next one tries others."
          + " The first failure"),
  JMX_NOT_REGISTERED(
      72, "The audit's MXBean {} could not be registered, so that freshet audit cannot reach it"),
  ;

  private final int number;
  private final String text;

  Message(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /** The id that precedes the text in the log, such as {@code FRESHET-012}. */
  public String id() {
    return "FRESHET-%03d".formatted(number);
  }

  /** Logs at WARN. A trailing {@link Throwable} is logged with its stack, as SLF4J does. */
  public void warn(Logger logger, Object... arguments) {
    if (logger.isWarnEnabled()) {
      logger.warn(id() + ": " + text, arguments);
    }
  }
}
