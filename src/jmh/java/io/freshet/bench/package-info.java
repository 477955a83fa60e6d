/**
 * Freshet beside its peers: hits, misses and writes, native updates, a shop under load, and what
 * grows with regions, entries, nodes and writers. {@link io.freshet.bench.Bench} is the command
 * line; docs/performance.md holds the results. What is compared takes turns within one run, each in
 * a JVM of its own.
 */
@NullMarked
package io.freshet.bench;

import org.jspecify.annotations.NullMarked;
