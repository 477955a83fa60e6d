/**
 * Joins everything to a session factory. {@link io.freshet.hibernate.FreshetContributor} puts
 * Freshet's services in place before it is built, {@link io.freshet.hibernate.FreshetIntegrator}
 * makes its {@link io.freshet.hibernate.Node}.
 *
 * <p>Writes come in on three ways: entity and collection events, the executors of HQL and native
 * statements, and the connections themselves for everything else that uses them. All three add to
 * the {@link io.freshet.hibernate.Journal} of the transaction, which the node carries out when the
 * database has committed.
 */
@NullMarked
package io.freshet.hibernate;

import org.jspecify.annotations.NullMarked;
