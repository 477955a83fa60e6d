package io.freshet.load;

import io.freshet.BusSettings.Broker;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.RedisServer;
import io.freshet.testing.TestBroker;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/** The brokers, private and on the loopback interface; each started when asked for. One thread. */
final class Brokers implements AutoCloseable {

  private final LoadOptions options;
  private final Map<Broker, Optional<TestBroker>> running = new EnumMap<>(Broker.class);

  Brokers(LoadOptions options) {
    this.options = options;
  }

  /** Where it is; empty, and said once, if it is not installed. */
  Optional<String> address(Broker broker) {
    return running.computeIfAbsent(broker, this::start).map(TestBroker::address);
  }

  private Optional<TestBroker> start(Broker broker) {
    try {
      return Optional.of(
          switch (broker) {
            case REDIS -> RedisServer.start();
            case RABBITMQ -> RabbitServer.start();
          });
    } catch (TestAbortedException notInstalled) {
      options.line(
          "%nWhatever goes over %s is skipped: %s", broker.setting(), notInstalled.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    running.values().forEach(one -> one.ifPresent(TestBroker::close));
  }
}
