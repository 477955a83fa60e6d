/**
 * Message brokers, as far as Freshet needs one: Redis and RabbitMQ. Each client library is
 * optional, and only the class that speaks to it refers to it.
 */
@NullMarked
package io.freshet.bus;

import org.jspecify.annotations.NullMarked;
