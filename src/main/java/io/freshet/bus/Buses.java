package io.freshet.bus;

import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import java.time.Duration;

/** Finds the implementation that a setting asks for, without loading the others. */
final class Buses {

  private Buses() {}

  static Bus of(BusSettings settings, Duration patience) {
    return switch (settings.broker()) {
      case REDIS -> {
        require("io.lettuce.core.RedisClient", "io.lettuce:lettuce-core", settings);
        yield RedisBus.of(settings, patience);
      }
      case RABBITMQ -> {
        require("com.rabbitmq.client.ConnectionFactory", "com.rabbitmq:amqp-client", settings);
        yield RabbitBus.of(settings, patience);
      }
    };
  }

  private static void require(String type, String artifact, BusSettings settings) {
    try {
      Class.forName(type, false, Buses.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new FreshetConfigurationException(
          "A bus over %s (%s) needs its client, which is not on the class path: add %s"
              .formatted(settings.broker().setting(), settings.broker().addressSetting(), artifact),
          e);
    }
  }

  /**
   * An address that cannot be read. What read it is no cause to be kept: its text has the address
   * in it, with the password.
   *
   * @param why what is wrong, without anything secret
   */
  static FreshetConfigurationException unreadable(BusSettings settings, String why) {
    return new FreshetConfigurationException(
        ("%s=%s is not an address of %s: %s. It looks like %s; in user and password, whatever is"
                + " not a letter or a digit is written as %%XX")
            .formatted(
                settings.broker().addressSetting(),
                settings.shownAddress(),
                settings.broker().setting(),
                why,
                settings.broker().example()));
  }

  /** What went wrong in the first place. The clients' own texts say little. */
  static String reason(Throwable failure) {
    Throwable first = failure;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    String text = first.getMessage();
    return text == null || text.isBlank() ? first.getClass().getSimpleName() : text;
  }
}
