/**
 * The demo. {@link io.freshet.demo.Demo} is the command line. {@link io.freshet.demo.FeedWorkload}
 * is two nodes and everybody else who writes, once for each feed; {@link
 * io.freshet.demo.Expectations} knows what they must see by when. {@link io.freshet.demo.Workload}
 * is one web shop, once on plain Hibernate with hibernate-jcache and Ehcache, once on Freshet;
 * {@link io.freshet.demo.Ledger} knows what was committed there.
 */
@NullMarked
package io.freshet.demo;

import org.jspecify.annotations.NullMarked;
