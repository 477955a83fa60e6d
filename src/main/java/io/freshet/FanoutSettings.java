package io.freshet;

import java.util.Map;
import java.util.Optional;

/**
 * The bus of a node, and what it does there. Immutable.
 *
 * @param bus the bus; empty if neither {@value FeedSettings#FEED} nor {@value #PUBLISH} names one
 * @param publishes {@value #PUBLISH}: whether this node tells others what it commits
 */
public record FanoutSettings(Optional<BusSettings> bus, boolean publishes) {

  /** Over which bus this node tells others what it commits: none, redis or rabbitmq. */
  public static final String PUBLISH = "freshet.publish";

  /** The values of {@value #PUBLISH}. */
  public enum Publish {
    /** This node tells nobody: the database does, or nobody needs to know. */
    NONE,
    /** Over Redis. */
    REDIS,
    /** Over RabbitMQ. */
    RABBITMQ;

    /** As it is written in settings. */
    public String setting() {
      return SettingsReader.format(this);
    }

    Optional<BusSettings.Broker> broker() {
      return this == NONE ? Optional.empty() : Optional.of(BusSettings.Broker.valueOf(name()));
    }
  }

  void putInForce(Map<String, String> all) {
    all.put(PUBLISH, publishes ? bus.orElseThrow().broker().setting() : Publish.NONE.setting());
    bus.ifPresent(
        one -> {
          all.put(one.broker().addressSetting(), one.shownAddress());
          all.put(BusSettings.CHANNEL, one.channel());
        });
  }
}
