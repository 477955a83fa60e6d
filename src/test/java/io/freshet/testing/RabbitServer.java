package io.freshet.testing;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.freshet.BusSettings.Broker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A private RabbitMQ on free ports of the loopback interface, from the installed scripts in {@code
 * /usr/lib/rabbitmq/bin}, or where the environment variable {@code FRESHET_RABBITMQ_BIN} says, and
 * with an {@code epmd} of its own. Where there is none, the test is skipped. Takes seconds to
 * start. Not thread-safe.
 */
public final class RabbitServer extends TestBroker {

  /** Names a RabbitMQ for the tests that only use it: an address for a user who may do anything. */
  public static final String ADDRESS = "FRESHET_TEST_RABBITMQ";

  private static final Path BINARIES =
      Path.of(
          Optional.ofNullable(System.getenv("FRESHET_RABBITMQ_BIN"))
              .orElse("/usr/lib/rabbitmq/bin"));

  private static final String USER = "admin";
  private static final String PASSWORD = "admin-rabbit-secret";

  private static final class Shared {
    static final RabbitServer SERVER = start();
  }

  private final int port = FreePort.next();
  private final int tlsPort = FreePort.next();
  private final Map<String, String> environment = new HashMap<>();
  private final TestCertificate certificate;
  private final ServerProcess names;
  private final ServerProcess process;

  private RabbitServer(Path directory) throws IOException {
    this.certificate = TestCertificate.get();
    int namesPort = FreePort.next();
    write(directory, namesPort);
    this.names =
        ServerProcess.start(
            Files.createTempDirectory("freshet-epmd"),
            List.of("epmd", "-port", String.valueOf(namesPort), "-address", "127.0.0.1"),
            Map.of());
    this.process =
        ServerProcess.start(
            directory, List.of(BINARIES.resolve("rabbitmq-server").toString()), environment);
    awaitAnswer();
  }

  private void write(Path directory, int namesPort) throws IOException {
    Path cookie = directory.resolve(".erlang.cookie");
    Files.writeString(cookie, "freshet");
    Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
    Path plugins = Files.writeString(directory.resolve("plugins"), "[].");
    // does not wait for name servers
    Path names =
        Files.writeString(
            directory.resolve("inetrc"),
            "{lookup, [file]}.\n{host, {127,0,0,1}, [\"localhost\"]}.\n");
    Path definitions =
        Files.writeString(
            directory.resolve("definitions.json"),
            """
            {"vhosts": [{"name": "/"}],
             "users": [{"name": "%s", "password": "%s", "tags": "administrator"}],
             "permissions": [{"user": "%s", "vhost": "/",
                              "configure": ".*", "write": ".*", "read": ".*"}]}
            """
                .formatted(USER, PASSWORD, USER));
    Path configuration =
        Files.writeString(
            directory.resolve("rabbitmq.conf"),
            """
            listeners.tcp.1 = 127.0.0.1:%d
            listeners.ssl.1 = 127.0.0.1:%d
            ssl_options.certfile = %s
            ssl_options.keyfile = %s
            load_definitions = %s
            """
                .formatted(
                    port, tlsPort, certificate.certificate(), certificate.key(), definitions));
    environment.put("HOME", directory.toString());
    environment.put("ERL_INETRC", names.toString());
    environment.put("ERL_EPMD_PORT", String.valueOf(namesPort));
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_NODENAME", "freshet-%d@localhost".formatted(port));
    environment.put("RABBITMQ_DIST_PORT", String.valueOf(FreePort.next()));
    environment.put("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString());
    environment.put("RABBITMQ_LOG_BASE", directory.resolve("log").toString());
    environment.put("RABBITMQ_LOGS", "-");
    environment.put("RABBITMQ_CONFIG_FILE", configuration.toString());
    environment.put("RABBITMQ_CONF_ENV_FILE", directory.resolve("none").toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString());
    // small tables and one scheduler: starts a third faster
    environment.put("RABBITMQ_SERVER_ERL_ARGS", "+P 65536 +t 1048576 +sbwt none +S 1:1");
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    // the script then replaces itself by the server
    environment.put("RUNNING_UNDER_SYSTEMD", "true");
  }

  /** Starts one, for tests that hurt it. */
  public static RabbitServer start() {
    Assumptions.assumeTrue(
        Files.isExecutable(BINARIES.resolve("rabbitmq-server")),
        "RabbitMQ is not installed (FRESHET_RABBITMQ_BIN names the folder of rabbitmq-server)");
    try {
      return new RabbitServer(Files.createTempDirectory("freshet-rabbitmq"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The address of a RabbitMQ that all tests of this JVM may use: that of {@value #ADDRESS}, or a
   * server that ends with the JVM.
   */
  public static String sharedAddress() {
    return Optional.ofNullable(System.getenv(ADDRESS)).orElseGet(() -> Shared.SERVER.address());
  }

  @Override
  ServerProcess process() {
    return process;
  }

  @Override
  public Broker broker() {
    return Broker.RABBITMQ;
  }

  @Override
  public String address() {
    return address(USER, PASSWORD);
  }

  @Override
  public String address(String user, String password) {
    return "amqp://%s:%s@127.0.0.1:%d".formatted(user, password, port);
  }

  @Override
  public String tlsAddress(String host) {
    return "amqps://%s:%s@%s:%d".formatted(USER, PASSWORD, host, tlsPort);
  }

  @Override
  public TestCertificate certificate() {
    return certificate;
  }

  /** Creates a user with these rights, which are regular expressions. */
  public void user(String name, String password, String configure, String write, String read) {
    control("add_user", name, password);
    control("set_permissions", name, configure, write, read);
  }

  /** Has it think that it is short of memory, or not any more. */
  public void alarm(boolean raised) {
    control("set_vm_memory_high_watermark", raised ? "0.0000001" : "0.4");
  }

  /** Runs {@code rabbitmqctl}; what it says. */
  public String control(String... arguments) {
    String[] command = new String[arguments.length + 2];
    command[0] = BINARIES.resolve("rabbitmqctl").toString();
    command[1] = "--quiet";
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    return ServerProcess.run(environment, command);
  }

  @Override
  void awaitAnswer() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              process.check();
              ConnectionFactory factory = new ConnectionFactory();
              factory.setUri(address());
              try (Connection connection = factory.newConnection()) {
                return connection.isOpen();
              }
            });
  }

  @Override
  public void close() {
    process.close();
    names.close();
  }
}
