package io.freshet.bus;

import com.rabbitmq.client.ConnectionFactory;
import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import io.freshet.concurrent.Threads;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * AMQP 0-9-1 with publisher confirms, as RabbitMQ speaks it: a fanout exchange for each channel,
 * and for each listener a queue of its own. Immutable.
 *
 * <p>With {@code amqps://} the server's certificate and host name are verified against the JVM's
 * trust store ({@code javax.net.ssl.trustStore}); the client's own way of reading such an address
 * would trust anybody.
 */
final class RabbitBus implements Bus {

  private static final Pattern ADDRESS = Pattern.compile("(?is)amqp(s?)(://.*)");

  private final ConnectionFactory factory;
  private final String channel;

  private RabbitBus(ConnectionFactory factory, String channel) {
    this.factory = factory;
    this.channel = channel;
  }

  /**
   * @throws FreshetConfigurationException if the address cannot be read
   */
  static RabbitBus of(BusSettings settings, Duration patience) {
    ConnectionFactory factory = new ConnectionFactory();
    int millis = Math.toIntExact(Math.min(Integer.MAX_VALUE / 2, patience.toMillis()));
    factory.setConnectionTimeout(millis);
    factory.setHandshakeTimeout(millis);
    factory.setChannelRpcTimeout(millis);
    // two intervals without a sign of life end a connection
    factory.setRequestedHeartbeat(Math.max(1, Math.toIntExact(Math.min(60, millis / 2_000))));
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setExceptionHandler(new QuietExceptions());
    factory.setThreadFactory(Threads.daemons(RabbitLink.THREAD));
    read(settings, factory);
    return new RabbitBus(factory, settings.channel());
  }

  private static void read(BusSettings settings, ConnectionFactory factory) {
    Matcher address = ADDRESS.matcher(settings.address());
    if (!address.matches()) {
      throw Buses.unreadable(settings, "it does not begin with amqp:// or amqps://");
    }
    boolean encrypted = !address.group(1).isEmpty();
    URI uri;
    try {
      uri = new URI("amqp" + address.group(2));
    } catch (URISyntaxException e) {
      throw Buses.unreadable(settings, e.getReason().toLowerCase(Locale.ROOT));
    }
    if (uri.getHost() == null) {
      // the client would go to localhost then
      throw Buses.unreadable(settings, "no host and port can be read from it");
    }
    try {
      factory.setUri(uri);
      if (encrypted) {
        factory.useSslProtocol(SSLContext.getDefault());
        factory.enableHostnameVerification();
        factory.setPort(
            uri.getPort() < 0 ? ConnectionFactory.DEFAULT_AMQP_OVER_SSL_PORT : uri.getPort());
      }
    } catch (IllegalArgumentException e) {
      throw Buses.unreadable(
          settings,
          "user:password, one virtual host, or an option after it is not as it should be");
    } catch (GeneralSecurityException e) {
      throw new FreshetConfigurationException(
          "%s asks for TLS, which this JVM cannot do: %s"
              .formatted(settings.broker().addressSetting(), Buses.reason(e)),
          e);
    }
  }

  /** To be changed as the caller likes. */
  ConnectionFactory factory() {
    return factory.clone();
  }

  /** The name of a channel's exchange. */
  String name(Channel one) {
    return one.nameIn(channel);
  }

  @Override
  public BusConnection connect(Set<Channel> heard, BusListener listener) throws BusException {
    return RabbitConnection.open(this, heard, listener);
  }

  @Override
  public String toString() {
    return "%s://%s:%d/%s"
        .formatted(
            factory.isSSL() ? "amqps" : "amqp",
            factory.getHost(),
            factory.getPort(),
            factory.getVirtualHost().equals("/") ? "" : factory.getVirtualHost());
  }
}
