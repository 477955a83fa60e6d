package io.freshet;

import java.util.regex.Pattern;

/**
 * A bus: which broker, where it is, and the channel's name. Immutable.
 *
 * @param broker what it speaks
 * @param address {@value #REDIS_URL} or {@value #RABBITMQ_URI}
 * @param channel {@value #CHANNEL}
 */
public record BusSettings(Broker broker, String address, String channel) {

  /** Where Redis is: {@code redis://user:password@host:6379/0}, {@code rediss://} for TLS. */
  public static final String REDIS_URL = "freshet.redis.url";

  /** Where RabbitMQ is: {@code amqp://user:password@host:5672/vhost}, {@code amqps://} for TLS. */
  public static final String RABBITMQ_URI = "freshet.rabbitmq.uri";

  /** The name of the Redis channel or RabbitMQ exchange; all who share a database share it. */
  public static final String CHANNEL = "freshet.channel";

  /** The default of {@value #CHANNEL}. */
  public static final String DEFAULT_CHANNEL = "freshet";

  /** Who the user is; and where there is no end to that, whatever stands for a port. */
  private static final Pattern SECRETS =
      Pattern.compile(
          "(?is)(?<=//).*@|^(?!.*//).*@|(?<=//[^/]{0,255}):(?!\\d*(?:[/?#]|$))[^@]*$"
              + "|(?<=pass(?:word|wd)?=)[^&;]+");

  /** What a bus speaks. */
  public enum Broker {
    /** Redis Pub/Sub, and whatever else speaks its protocol. */
    REDIS(REDIS_URL, "redis://localhost:6379"),
    /** AMQP 0-9-1, as RabbitMQ does with its publisher confirms. */
    RABBITMQ(RABBITMQ_URI, "amqp://localhost:5672");

    private final String addressSetting;
    private final String example;

    Broker(String addressSetting, String example) {
      this.addressSetting = addressSetting;
      this.example = example;
    }

    /** The setting that holds the address. */
    public String addressSetting() {
      return addressSetting;
    }

    /** An address such as the setting wants. */
    public String example() {
      return example;
    }

    /** As it is written in settings. */
    public String setting() {
      return SettingsReader.format(this);
    }
  }

  /** The address as it may be told. It may be written wrongly: rather too much is left out. */
  public String shownAddress() {
    return SECRETS
        .matcher(address)
        .replaceAll(found -> found.group().endsWith("@") ? "***@" : "***");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "%s %s, channel %s".formatted(broker.setting(), shownAddress(), channel);
  }
}
