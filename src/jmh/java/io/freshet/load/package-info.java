/**
 * What a feed costs and how fast it is, measured on a PostgreSQL that writes durably. {@link
 * io.freshet.load.Load} is the command line; docs/performance.md holds the results. What is
 * compared takes turns within one run.
 */
@NullMarked
package io.freshet.load;

import org.jspecify.annotations.NullMarked;
