/**
 * The demo: one web shop, one workload, once on plain Hibernate with hibernate-jcache and Ehcache,
 * once on Freshet. {@link io.freshet.demo.Demo} is the command line. {@link io.freshet.demo.Ledger}
 * knows what was committed, and so tells a stale read from a late one.
 */
@NullMarked
package io.freshet.demo;

import org.jspecify.annotations.NullMarked;
