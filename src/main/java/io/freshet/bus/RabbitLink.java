package io.freshet.bus;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MissedHeartbeatException;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.SocketConfigurator;
import io.freshet.concurrent.Threads;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One AMQP connection, which can be ended even while a thread is stuck writing to it. Thread-safe.
 */
final class RabbitLink {

  private static final Logger LOG = LoggerFactory.getLogger(RabbitLink.class);

  private static final ExecutorService DIRECT = new DirectExecutor();

  static final String THREAD = "freshet-rabbitmq";

  /** How long the broker may take to say goodbye. */
  private static final Duration POLITE = Duration.ofSeconds(1);

  private final AtomicReference<Socket> socket = new AtomicReference<>();
  private final Consumer<String> lost;
  private final Connection connection;

  /**
   * @param name shown in RabbitMQ's list of connections
   * @param lost told once when the connection, or a channel of {@link #channel}, is ended by
   *     anything but {@link #close}
   */
  RabbitLink(ConnectionFactory factory, String name, Consumer<String> lost)
      throws IOException, TimeoutException {
    this.lost = lost;
    SocketConfigurator configured = factory.getSocketConfigurator();
    SocketConfigurator kept =
        opened -> {
          // what bounds the close of a TLS socket while another thread is stuck writing
          opened.setSoLinger(true, Math.toIntExact(POLITE.toSeconds()));
          socket.set(opened);
        };
    factory.setSocketConfigurator(configured == null ? kept : configured.andThen(kept));
    this.connection = factory.newConnection(DIRECT, name);
    connection.addShutdownListener(this::ended);
  }

  Connection connection() {
    return connection;
  }

  /** A channel for good: its end is the end of the whole. */
  Channel channel() throws IOException {
    Channel channel = trial();
    channel.addShutdownListener(this::ended);
    return channel;
  }

  /** A channel for what may fail. */
  Channel trial() throws IOException {
    Channel channel = connection.createChannel();
    if (channel == null) {
      throw new IOException("the broker allows no channel on this connection");
    }
    return channel;
  }

  private void ended(ShutdownSignalException signal) {
    if (!signal.isInitiatedByApplication()) {
      lost.accept(reason(signal));
    }
  }

  /** What the broker said, or what happened to the connection. */
  static String reason(Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      String said = one instanceof ShutdownSignalException signal ? said(signal) : null;
      if (said != null) {
        return said;
      }
      if (one instanceof MissedHeartbeatException) {
        return "the broker does not answer";
      }
    }
    if (failure instanceof TimeoutException) {
      return "the broker does not answer";
    }
    return Buses.reason(failure);
  }

  private static @Nullable String said(ShutdownSignalException signal) {
    Object reason = signal.getReason();
    if (reason instanceof com.rabbitmq.client.AMQP.Channel.Close close) {
      return close.getReplyText();
    }
    if (reason instanceof com.rabbitmq.client.AMQP.Connection.Close close) {
      return close.getReplyText();
    }
    if (signal instanceof AlreadyClosedException && signal.getCause() == null) {
      return "the connection is closed";
    }
    return null;
  }

  /** Says goodbye if that is possible in a second, and hangs up. */
  void close() {
    Thread goodbye =
        Threads.daemon(THREAD, () -> connection.abort(Math.toIntExact(POLITE.toMillis())));
    goodbye.start();
    Threads.awaitEnd(goodbye, POLITE);
    Socket opened = socket.get();
    if (opened != null) {
      try {
        opened.close();
      } catch (IOException e) {
        LOG.debug("A socket could not be closed", e);
      }
    }
  }
}
