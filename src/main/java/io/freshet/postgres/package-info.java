/**
 * What is particular to PostgreSQL. The catalog tells what the server does of its own accord around
 * a write. Depends on the vocabulary in {@code change} and on JDBC, on nothing of Hibernate.
 */
@NullMarked
package io.freshet.postgres;

import org.jspecify.annotations.NullMarked;
