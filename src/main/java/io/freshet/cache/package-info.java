/**
 * The cache itself: the region factory, its regions, and what decides whether a value may be stored
 * or served. Knows Hibernate's cache SPI and JCache, and nothing of SQL, tables or feeds.
 *
 * <p>A hit is one read of the store. A load passes {@link io.freshet.cache.Guard} on its way in; an
 * invalidation stamps the guard before it removes. {@link io.freshet.cache.FreshetRegion} says why
 * that order is enough.
 */
@NullMarked
package io.freshet.cache;

import org.jspecify.annotations.NullMarked;
