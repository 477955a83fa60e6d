package io.freshet.bus;

import io.freshet.BusSettings;
import io.freshet.FreshetConfigurationException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Redis Pub/Sub. Speaks RESP2 and no more commands than AUTH, PING, SELECT (where the address names
 * a database), SUBSCRIBE and PUBLISH, so that whatever calls itself compatible will do. Immutable.
 *
 * <p>Channels are the same in all databases of a server. With {@code rediss://} the server's
 * certificate and host name are verified against the JVM's trust store ({@code
 * javax.net.ssl.trustStore}), unless the address says {@code ?verifyPeer=NONE}.
 */
final class RedisBus implements Bus {

  private static final Pattern SCHEME = Pattern.compile("(rediss?|redis\\+(ssl|tls))://.*");

  /** Underscores included, which are common among containers. */
  private static final Pattern HOST = Pattern.compile("[\\w.-]+|\\[[\\w.:%]+]");

  /** What Lettuce takes for the host if there is an underscore in it. */
  private static final Pattern NAMED = Pattern.compile("([\\w.-]+):(\\d{1,5})");

  private final RedisURI uri;
  private final ClientOptions options;
  private final String channel;
  private final Duration patience;

  private RedisBus(RedisURI uri, ClientOptions options, String channel, Duration patience) {
    this.uri = uri;
    this.options = options;
    this.channel = channel;
    this.patience = patience;
  }

  /**
   * @throws FreshetConfigurationException if the address cannot be read
   */
  static RedisBus of(BusSettings settings, Duration patience) {
    RedisURI uri = read(settings);
    uri.setTimeout(patience);
    sayWhoAtOnce(uri);
    // otherwise it is sent by CLIENT SETINFO, which not every server knows or allows
    uri.setLibraryName("");
    uri.setLibraryVersion("");
    ClientOptions options =
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .protocolVersion(ProtocolVersion.RESP2)
            .maintNotificationsConfig(MaintNotificationsConfig.disabled())
            .socketOptions(
                SocketOptions.builder()
                    .connectTimeout(patience)
                    .keepAlive(true)
                    .tcpNoDelay(true)
                    .build())
            .timeoutOptions(TimeoutOptions.enabled(patience))
            .build();
    return new RedisBus(uri, options, settings.channel(), patience);
  }

  private static RedisURI read(BusSettings settings) {
    if (!SCHEME.matcher(settings.address()).matches()) {
      throw Buses.unreadable(settings, "it does not begin with redis:// or rediss://");
    }
    RedisURI uri;
    try {
      uri = RedisURI.create(settings.address());
    } catch (RuntimeException e) {
      throw Buses.unreadable(settings, "no host and port can be read from it");
    }
    Matcher named = NAMED.matcher(uri.getHost() == null ? "" : uri.getHost());
    if (named.matches()) {
      uri.setHost(named.group(1));
      uri.setPort(Integer.parseInt(named.group(2)));
    }
    if (uri.getHost() == null || !HOST.matcher(uri.getHost()).matches()) {
      // such as "host:port" where the port is no number
      throw Buses.unreadable(settings, "no host and port can be read from it");
    }
    return uri;
  }

  /**
   * An address read by Lettuce finds out its credentials in a thread of the common pool, and then a
   * connection may be called open just before it can be used: its first command is rejected.
   */
  private static void sayWhoAtOnce(RedisURI uri) {
    RedisCredentials who = uri.getCredentialsProvider().resolveCredentials().block();
    if (who != null) {
      uri.setCredentialsProvider(new StaticCredentialsProvider(who));
    }
  }

  RedisURI uri() {
    return uri;
  }

  ClientOptions options() {
    return options;
  }

  Duration patience() {
    return patience;
  }

  /** What Redis calls a channel. */
  String name(Channel one) {
    return one.nameIn(channel);
  }

  @Override
  public BusConnection connect(Set<Channel> heard, BusListener listener) throws BusException {
    return RedisConnection.open(this, heard, listener);
  }

  @Override
  public String toString() {
    return "%s://%s:%d%s"
        .formatted(
            uri.isSsl() ? "rediss" : "redis",
            uri.getHost(),
            uri.getPort(),
            uri.getDatabase() == 0 ? "" : "/" + uri.getDatabase());
  }
}
