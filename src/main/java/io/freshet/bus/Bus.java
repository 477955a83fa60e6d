package io.freshet.bus;

import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import java.time.Duration;
import java.util.Set;

/**
 * Where a broker is, and how to speak to it. Implementations are immutable and thread-safe; they
 * hold no connection.
 */
public interface Bus {

  /**
   * The bus of these settings.
   *
   * @param patience how long the broker may take to accept a connection, and to answer
   * @throws FreshetConfigurationException if the client library is missing (with the artifact to
   *     add), or the address cannot be read
   */
  static Bus of(BusSettings settings, Duration patience) {
    return Buses.of(settings, patience);
  }

  /**
   * Connects, and hears channels. Once this has returned, every message that anybody publishes on
   * one of them from now on is received, or the connection is lost. One exception: RabbitMQ drops
   * the oldest messages of a listener that is thousands behind, so messages need numbers.
   *
   * <p>The listener may be told something just before the caller has got the connection.
   *
   * @param heard the channels to hear; may be empty
   * @param listener told what comes
   * @throws BusException if the broker cannot be reached or refuses, within a small multiple of the
   *     patience; nothing is left behind then, and the listener was told nothing
   */
  BusConnection connect(Set<Channel> heard, BusListener listener) throws BusException;

  /**
   * Connects and hears channels, and ends the connection again.
   *
   * @throws BusException if that does not work
   */
  default void check(Set<Channel> heard) throws BusException {
    connect(
            heard,
            new BusListener() {
              @Override
              public void received(Channel channel, byte[] message) {}

              @Override
              public void lost(String reason) {}
            })
        .close();
  }

  /** The address, without user and password. */
  @Override
  String toString();
}
