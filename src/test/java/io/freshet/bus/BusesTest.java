package io.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.FreshetConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BusesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static Bus bus(Broker broker, String address) {
    return Bus.of(new BusSettings(broker, address, "freshet"), PATIENCE);
  }

  @ParameterizedTest
  @CsvSource({
    "redis://localhost, redis://localhost:6379",
    "redis://somebody:hidden@localhost:7000/2, redis://localhost:7000/2",
    "redis://:hidden@redis.example, redis://redis.example:6379",
    "rediss://somebody:hid%40den@redis.example, rediss://redis.example:6379",
    "redis://somebody:hidden@redis_1:7000, redis://redis_1:7000",
    "redis://somebody:hidden@[::1]:7000, redis://[::1]:7000",
  })
  void redisAddress_isShownWithoutUser(String address, String shown) {
    assertThat(bus(Broker.REDIS, address)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "amqp://localhost, amqp://localhost:5672/",
    "amqp://somebody:hidden@localhost:7000/shop, amqp://localhost:7000/shop",
    "amqp://somebody:hid%40den@rabbit.example/%2Fshop, amqp://rabbit.example:5672//shop",
    "amqps://somebody:hidden@rabbit.example, amqps://rabbit.example:5671/",
    "amqps://rabbit.example:7001?heartbeat=5, amqps://rabbit.example:7001/",
    "AMQP://localhost, amqp://localhost:5672/",
  })
  void rabbitAddress_isShownWithoutUser(String address, String shown) {
    assertThat(bus(Broker.RABBITMQ, address)).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost:6379",
        "somebody:hidden@localhost",
        "http://somebody:hidden@localhost",
        "REDIS://localhost",
        "redis://",
        "redis://somebody:hidden@",
        "redis://somebody:hid den@localhost",
        "redis://somebody:hidden%@localhost",
        "redis://somebody:hidden/x@localhost",
        "redis://somebody:hidden",
        "redis://localhost:hidden",
        "redis-sentinel://hidden@localhost:26379/0#master",
        "redis-socket:///hidden@tmp/redis",
      })
  void redisAddress_thatCannotBeRead_isRefusedWithoutSecrets(String address) {
    refused(Broker.REDIS, address, "freshet.redis.url=", "redis://localhost:6379");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost:5672",
        "redis://somebody:hidden@localhost",
        "amqp://",
        "amqp:localhost",
        "amqp://somebody:hid den@localhost",
        "amqp://somebody:hidden%zz@localhost",
        "amqp://somebody:hidden@x@localhost",
        "amqp://somebody:hidden:x@localhost",
        "amqp://somebody:hidden/x@localhost",
        "amqp://somebody:hidden",
        "amqp://somebody:hidden@host_name",
        "amqps://somebody:hidden@localhost/a/b",
        "amqp://localhost?heartbeat=hidden",
      })
  void rabbitAddress_thatCannotBeRead_isRefusedWithoutSecrets(String address) {
    refused(Broker.RABBITMQ, address, "freshet.rabbitmq.uri=", "amqp://localhost:5672");
  }

  private static void refused(Broker broker, String address, String setting, String example) {
    FreshetConfigurationException refused =
        catchThrowableOfType(FreshetConfigurationException.class, () -> bus(broker, address));

    assertThat(refused).as(address).hasMessageContaining(setting).hasMessageContaining(example);
    if (!address.contains("heartbeat")) {
      assertThat(BusLab.everythingOf(refused)).doesNotContain("hidden", "hid den", "den@");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS, io.lettuce., io.lettuce:lettuce-core, freshet.redis.url",
    "RABBITMQ, com.rabbitmq., com.rabbitmq:amqp-client, freshet.rabbitmq.uri",
  })
  void client_thatIsMissing_isNamed(Broker broker, String hidden, String artifact, String setting)
      throws Exception {
    ClassLoader without = new Without(hidden);

    assertThatThrownBy(() -> busFrom(without, broker))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .hasMessageContaining(artifact)
        .hasMessageContaining(setting)
        .extracting(failure -> failure.getClass().getName())
        .isEqualTo(FreshetConfigurationException.class.getName());
  }

  @Test
  void client_thatIsNotAskedFor_isNotNeeded() throws Exception {
    assertThat(busFrom(new Without("io.lettuce."), Broker.RABBITMQ)).isNotNull();
    assertThat(busFrom(new Without("com.rabbitmq."), Broker.REDIS)).isNotNull();
  }

  /** {@code Bus.of(new BusSettings(broker, its example, "freshet"), PATIENCE)}. */
  private static Object busFrom(ClassLoader loader, Broker broker)
      throws ReflectiveOperationException {
    Class<?> settings = loader.loadClass(BusSettings.class.getName());
    Class<?> brokers = loader.loadClass(Broker.class.getName());
    Object one =
        settings
            .getConstructor(brokers, String.class, String.class)
            .newInstance(
                brokers.getMethod("valueOf", String.class).invoke(null, broker.name()),
                broker.example(),
                "freshet");
    return loader
        .loadClass(Bus.class.getName())
        .getMethod("of", settings, Duration.class)
        .invoke(null, one, PATIENCE);
  }

  /** Defines Freshet's classes itself, and does not find those of a client. */
  private static final class Without extends ClassLoader {

    private final String hidden;

    Without(String hidden) {
      super(BusesTest.class.getClassLoader());
      this.hidden = hidden;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(hidden)) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.freshet.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? define(name) : loaded;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
