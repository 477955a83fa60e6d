/**
 * What goes over a bus: the numbered messages of relays and publishing nodes, who sends them, and
 * the feed that follows them.
 */
@NullMarked
package io.freshet.fanout;

import org.jspecify.annotations.NullMarked;
