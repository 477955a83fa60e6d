/**
 * Which cache regions and keys a table row touches, read from Hibernate's runtime mapping model,
 * and database values turned into identifiers. This package knows {@code change} and Hibernate, no
 * feed and no cache; {@link io.freshet.mapping.Model} is where it touches Hibernate's internal
 * types.
 */
@NullMarked
package io.freshet.mapping;

import org.jspecify.annotations.NullMarked;
