package io.freshet.bus;

/** One of the two channels of a bus. Everybody who hears a channel hears every message on it. */
public enum Channel {
  /** From relays and publishing nodes to all nodes. Its name is that of the bus. */
  CHANGES(""),
  /** From nodes to relays and publishing nodes. */
  REQUESTS(".requests");

  private final String suffix;

  Channel(String suffix) {
    this.suffix = suffix;
  }

  /**
   * What the broker calls it: a Redis channel, or a RabbitMQ exchange.
   *
   * @param bus the value of {@code freshet.channel}
   */
  public String nameIn(String bus) {
    return bus + suffix;
  }
}
