/** Waiting: for a ring, and ever longer after failures. */
@NullMarked
package io.freshet.concurrent;

import org.jspecify.annotations.NullMarked;
