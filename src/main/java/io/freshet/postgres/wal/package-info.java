/**
 * Logical replication: the stream of what commits, decoded, grouped by transaction, and held back
 * until everybody can see it. Threads, reconnects and what becomes of a change set are the feed's.
 */
@NullMarked
package io.freshet.postgres.wal;

import org.jspecify.annotations.NullMarked;
