/**
 * The command line {@code freshet}: looks at databases, prepares them, and shows what is told.
 * {@link io.freshet.cli.Main} is its only way in; results go to the standard output, everything
 * else to the standard error.
 */
@NullMarked
package io.freshet.cli;

import org.jspecify.annotations.NullMarked;
