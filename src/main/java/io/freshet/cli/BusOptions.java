package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.BusSettings.Broker;
import io.freshet.FreshetConfigurationException;
import io.freshet.bus.Bus;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.BusFeed;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the bus is. Filled by picocli; for one thread. */
final class BusOptions {

  static final String HEADING = "%nBus:%n";

  static final String ENV_REDIS = "FRESHET_REDIS_URL";
  static final String ENV_RABBITMQ = "FRESHET_RABBITMQ_URI";
  static final String ENV_PASSWORD = "FRESHET_BUS_PASSWORD";

  /** How long a source may be silent: of no consequence for who only looks on. */
  private static final Duration SILENCE = Duration.ofSeconds(2);

  private static final Pattern AUTHORITY =
      Pattern.compile("([A-Za-z][A-Za-z0-9+]*://)(?:([^:@]*)(?::(.*))?@)?([^@]*)");

  @Option(
      names = "--redis",
      paramLabel = "<url>",
      description = {
        "Redis, such as redis://user@redis.example.org:6379/0; rediss:// for TLS.",
        "Default: the environment variable " + ENV_REDIS + "."
      })
  private @Nullable String redis;

  @Option(
      names = "--rabbitmq",
      paramLabel = "<uri>",
      description = {
        "RabbitMQ, such as amqp://user@mq.example.org:5672/vhost; amqps:// for TLS.",
        "Default: the environment variable " + ENV_RABBITMQ + "."
      })
  private @Nullable String rabbitmq;

  @Option(
      names = "--channel",
      defaultValue = BusSettings.DEFAULT_CHANNEL,
      paramLabel = "<name>",
      description = "The Redis channel or RabbitMQ exchange. Default: ${DEFAULT-VALUE}.")
  private String channel = BusSettings.DEFAULT_CHANNEL;

  @Option(
      names = "--bus-password-file",
      paramLabel = "<file>",
      description = {
        "File whose first line is the password of the bus, if the address does not hold it.",
        "Default: the environment variable " + ENV_PASSWORD + "."
      })
  private @Nullable Path passwordFile;

  /** Whether a bus was named on the command line. */
  boolean isGiven() {
    return redis != null || rabbitmq != null;
  }

  /** The bus that was asked for on the command line, or else by the environment; empty if none. */
  Optional<BusSettings> settings(Terminal terminal, Secrets secrets) throws CliException {
    if (redis != null && rabbitmq != null) {
      throw CliException.usage("--redis and --rabbitmq: give one of them");
    }
    boolean given = isGiven();
    String ofRedis = given ? redis : terminal.env().get(ENV_REDIS);
    String ofRabbit = given ? rabbitmq : terminal.env().get(ENV_RABBITMQ);
    if (ofRedis != null && ofRabbit != null) {
      throw CliException.usage(
          "%s and %s are both set: unset one".formatted(ENV_REDIS, ENV_RABBITMQ));
    }
    String address = ofRedis == null ? ofRabbit : ofRedis;
    if (address == null || address.isBlank()) {
      return Optional.empty();
    }
    Broker broker = ofRedis == null ? Broker.RABBITMQ : Broker.REDIS;
    return Optional.of(new BusSettings(broker, withPassword(address, terminal, secrets), channel));
  }

  /** The bus that was asked for. */
  BusSettings required(Terminal terminal, Secrets secrets) throws CliException {
    Optional<BusSettings> settings = settings(terminal, secrets);
    if (settings.isEmpty()) {
      throw CliException.usage(
          "Which bus? Give --redis %s or --rabbitmq %s, or set %s or %s"
              .formatted(
                  Broker.REDIS.example(), Broker.RABBITMQ.example(), ENV_REDIS, ENV_RABBITMQ));
    }
    return settings.get();
  }

  private String withPassword(String address, Terminal terminal, Secrets secrets)
      throws CliException {
    Matcher parts = AUTHORITY.matcher(address);
    if (!parts.matches()) {
      return address; // whoever connects says what is wrong with it
    }
    if (parts.group(3) != null) {
      secrets.add(parts.group(3));
      secrets.add(URLDecoder.decode(parts.group(3).replace("+", "%2B"), StandardCharsets.UTF_8));
      return address;
    }
    String password =
        passwordFile == null
            ? terminal.env().get(ENV_PASSWORD)
            : ConnectionOptions.firstLine("--bus-password-file", passwordFile, terminal);
    if (password == null || password.isEmpty()) {
      return address;
    }
    secrets.add(password);
    String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");
    secrets.add(encoded);
    String user = parts.group(2) == null ? "" : parts.group(2);
    return parts.group(1) + user + ":" + encoded + "@" + parts.group(4);
  }

  /** The bus, which is not connected to yet. */
  static Bus open(BusSettings settings) throws CliException {
    try {
      return Bus.of(settings, ConnectionOptions.PATIENCE);
    } catch (FreshetConfigurationException e) {
      throw new CliException(ExitCode.USAGE, inOurWords(String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * A feed over the bus that follows whoever describes itself.
   *
   * @param described told of the tables of each relay before its stream is followed
   */
  static BusFeed feed(Bus bus, Consumer<List<TrackedTable>> described) {
    return new BusFeed(
        bus,
        new BusFeed.Plan(
            "cli-" + UUID.randomUUID(),
            SILENCE,
            ConnectionOptions.PATIENCE,
            relay -> {
              described.accept(relay.tables());
              return Optional.empty();
            }));
  }

  private static String inOurWords(String advice) {
    String ours = advice;
    for (Map.Entry<String, String> one :
        Map.of(
                BusSettings.REDIS_URL, "--redis",
                BusSettings.RABBITMQ_URI, "--rabbitmq")
            .entrySet()) {
      ours =
          ours.replace(one.getKey() + "=", one.getValue() + " ")
              .replace(one.getKey(), one.getValue());
    }
    return ours;
  }
}
