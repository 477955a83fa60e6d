package io.freshet.bus;

/**
 * Who hears a {@link BusConnection}. Calls do not overlap, and must neither block nor publish: they
 * come from the threads that read from the broker, which other connections may share. {@link #lost}
 * may also come from the thread that publishes.
 */
public interface BusListener {

  /**
   * A message has come. Those of one channel come in the order in which the broker took them. A
   * listener that throws has missed a message: its connection is lost.
   */
  void received(Channel channel, byte[] message);

  /**
   * The broker takes nothing in for now, or does so again. RabbitMQ only, and only of connections
   * that publish: it tells those whose message it leaves waiting.
   *
   * @param reason why not, for people; empty if it does
   */
  default void blocked(String reason) {}

  /**
   * The connection is lost, and messages with it. Called once at most, and nothing comes after it.
   *
   * @param reason what happened and what to do, for people; without passwords
   */
  void lost(String reason);
}
