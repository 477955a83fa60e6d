/**
 * The vocabulary: what one committed transaction did to the database, told without Hibernate, JDBC
 * or a cache. Statement analysis, entity events and (later) feeds speak it; the mapping understands
 * it. This package depends on no other.
 */
@NullMarked
package io.freshet.change;

import org.jspecify.annotations.NullMarked;
