/** The relay: listens to PostgreSQL once, and tells every node over a bus. */
@NullMarked
package io.freshet.relay;

import org.jspecify.annotations.NullMarked;
