/**
 * What makes PostgreSQL tell of its changes: triggers for the notify feed, a publication and
 * replica identities for the wal feed. Installs them, finds gaps, notices when somebody changes
 * them.
 */
@NullMarked
package io.freshet.postgres.tracking;

import org.jspecify.annotations.NullMarked;
