package io.freshet.bus;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Connections of a test, on a bus of its own. Not thread-safe. */
final class BusLab implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Broker broker;
  private final String address;
  private final String name;
  private final List<BusConnection> connections = new ArrayList<>();

  BusLab(Broker broker, String address) {
    this(broker, address, "freshet-test-" + UUID.randomUUID());
  }

  BusLab(Broker broker, String address, String name) {
    this.broker = broker;
    this.address = address;
    this.name = name;
  }

  String name() {
    return name;
  }

  Bus bus(Duration patience) {
    return Bus.of(new BusSettings(broker, address, name), patience);
  }

  BusConnection connect(BusListener listener, Channel... heard) throws BusException {
    return connect(PATIENCE, listener, heard);
  }

  BusConnection connect(Duration patience, BusListener listener, Channel... heard)
      throws BusException {
    BusConnection connection = bus(patience).connect(Set.of(heard), listener);
    connections.add(connection);
    return connection;
  }

  @Override
  public void close() {
    connections.forEach(BusConnection::close);
  }

  /** Until something is so that will be, on a machine that may be slow. */
  static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(30));
  }

  /** Numbered messages. */
  static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(number -> "message " + number).toList();
  }

  static void publish(BusConnection connection, Channel channel, List<String> texts) {
    List<CompletableFuture<Void>> confirmed =
        texts.stream().map(text -> connection.publish(channel, bytes(text))).toList();
    confirmed.forEach(CompletableFuture::join);
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /** Everything that anybody might print of a failure. */
  static String everythingOf(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** The threads of the clients. */
  static Set<String> clientThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.matches("(?i).*(lettuce|rabbit|amqp|netty|globalEvent|pool-).*"))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
