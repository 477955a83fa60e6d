/**
 * Compares what is cached with the database, and tells stale from late: {@link
 * io.freshet.audit.Auditor} decides, and holds the order of events.
 */
@NullMarked
package io.freshet.audit;

import org.jspecify.annotations.NullMarked;
