/**
 * Feeds straight from PostgreSQL: the connections, the barriers, the healing; and what listens to
 * triggers.
 */
@NullMarked
package io.freshet.postgres.feed;

import org.jspecify.annotations.NullMarked;
