package io.freshet.bus;

import java.util.concurrent.CompletableFuture;

/**
 * A connection to a broker, from its opening to its failure; it is not mended but made anew.
 * Thread-safe, but for {@link #publish}.
 */
public interface BusConnection extends AutoCloseable {

  /**
   * Sends a message. Messages of one connection are received in the order of these calls. Not to be
   * called by two threads at the same time, nor by a listener or a callback of the result.
   *
   * <p>Does not wait for an answer; but where the broker takes nothing in, it may block until
   * {@link #close} is called by another thread (RabbitMQ), or keep what is sent in memory (Redis:
   * until the broker's patience is over, when the connection is lost). Who sends much should wait
   * for confirmations.
   *
   * @param message not to be changed afterwards
   * @return completed when the broker has confirmed that everybody who hears the channel will get
   *     the message, or loses the connection; completed with a {@link BusException} when that is
   *     not known, at the latest as the connection is lost or closed. While a broker is {@linkplain
   *     BusListener#blocked blocked}, it confirms nothing. Its callbacks must not block.
   */
  CompletableFuture<Void> publish(Channel channel, byte[] message);

  /**
   * Gives the connection back; also one that is lost has to be closed. Takes a few seconds at most,
   * whatever the broker does, and throws nothing; the listener hears no more of it once this has
   * returned, unless its last call was blocked for longer. What was not confirmed may have been
   * sent or not.
   */
  @Override
  void close();
}
