/**
 * The torture run: nodes, other writers and faults, and a judge who afterwards holds every read
 * against the history of the rows.
 */
@NullMarked
package io.freshet.torture;

import org.jspecify.annotations.NullMarked;
