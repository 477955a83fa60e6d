/**
 * What the cache costs, measured by JMH. {@link io.freshet.benchmark.Ratios} runs all of it and
 * prints how the variants compare; docs/performance.md holds the results.
 */
@NullMarked
package io.freshet.benchmark;

import org.jspecify.annotations.NullMarked;
