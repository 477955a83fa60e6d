package io.freshet.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.freshet.BusSettings.Broker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A private Redis on a free port of the loopback interface, in memory only, from the installed
 * {@code redis-server} or the one that the environment variable {@code FRESHET_REDIS_SERVER} names.
 * Where there is none, the test is skipped. Not thread-safe.
 */
public final class RedisServer extends TestBroker {

  /** Names a Redis for the tests that only use it: an address for a user who may do anything. */
  public static final String ADDRESS = "FRESHET_TEST_REDIS";

  private static final String PASSWORD = "admin-redis-secret";

  private static final class Shared {
    static final RedisServer SERVER = start();
  }

  private final ServerProcess process;
  private final int port;
  private final int tlsPort;
  private final TestCertificate certificate;

  private RedisServer(Path directory, List<String> settings) {
    this.port = FreePort.next();
    this.tlsPort = FreePort.next();
    this.certificate = TestCertificate.get();
    List<String> command = new ArrayList<>();
    command.add(binary().orElseThrow().toString());
    command.addAll(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--tls-port", String.valueOf(tlsPort), "--tls-auth-clients", "no"));
    command.addAll(List.of("--tls-cert-file", certificate.certificate().toString()));
    command.addAll(List.of("--tls-key-file", certificate.key().toString()));
    command.addAll(List.of("--save", "", "--appendonly", "no", "--requirepass", PASSWORD));
    command.addAll(settings);
    this.process = ServerProcess.start(directory, command, Map.of());
    awaitAnswer();
  }

  private static Optional<Path> binary() {
    return Stream.of(
            Optional.ofNullable(System.getenv("FRESHET_REDIS_SERVER")).orElse("redis-server"),
            "/usr/bin/redis-server",
            "/usr/local/bin/redis-server",
            "/opt/homebrew/bin/redis-server")
        .map(Path::of)
        .filter(Path::isAbsolute)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts one, for tests that hurt it.
   *
   * @param settings as on the command line of {@code redis-server}
   */
  public static RedisServer start(String... settings) {
    Assumptions.assumeTrue(
        binary().isPresent(), "redis-server is not installed (FRESHET_REDIS_SERVER names it)");
    try {
      return new RedisServer(Files.createTempDirectory("freshet-redis"), List.of(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The address of a Redis that all tests of this JVM may use: that of {@value #ADDRESS}, or a
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
    return Broker.REDIS;
  }

  @Override
  public String address() {
    return address("default", PASSWORD);
  }

  @Override
  public String address(String user, String password) {
    return "redis://%s:%s@127.0.0.1:%d".formatted(user, password, port);
  }

  @Override
  public String tlsAddress(String host) {
    return "rediss://default:%s@%s:%d".formatted(PASSWORD, host, tlsPort);
  }

  @Override
  public TestCertificate certificate() {
    return certificate;
  }

  /** Creates or changes a user; gone after a restart. */
  public void user(String name, String... rules) {
    List<String> command = new ArrayList<>(List.of("ACL", "SETUSER", name));
    command.addAll(List.of(rules));
    command(command.toArray(String[]::new));
  }

  /** Runs a command as a user who may do anything; the answer, which must not be an array. */
  public String command(String... command) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      StringBuilder text = new StringBuilder();
      write(text, "AUTH", PASSWORD);
      write(text, command);
      socket.getOutputStream().write(text.toString().getBytes(UTF_8));
      BufferedReader answers =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      String authenticated = answers.readLine();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("the connection has ended without an answer");
      }
      if (answer.startsWith("-") || authenticated.startsWith("-")) {
        throw new IllegalStateException(authenticated + " " + answer);
      }
      return answer.startsWith("$") ? bulk(answers, Integer.parseInt(answer.substring(1))) : answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String bulk(Reader answers, int length) throws IOException {
    char[] text = new char[length];
    for (int read = 0; read < length; ) {
      int more = answers.read(text, read, length - read);
      if (more < 0) {
        throw new IOException("an answer has no end");
      }
      read += more;
    }
    return new String(text);
  }

  /** How many clients are connected, the one that asks among them. */
  public int clients() {
    return number("connected_clients:(\\d+)");
  }

  /** How many PINGs have been answered. */
  public int pings() {
    return number("cmdstat_ping:calls=(\\d+)");
  }

  private int number(String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(command("INFO", "all"));
    return found.find() ? Integer.parseInt(found.group(1)) : 0;
  }

  private static void write(StringBuilder text, String... command) {
    text.append('*').append(command.length).append("\r\n");
    for (String part : command) {
      text.append('$').append(part.getBytes(UTF_8).length).append("\r\n");
      text.append(part).append("\r\n");
    }
  }

  @Override
  void awaitAnswer() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptionsInstanceOf(UncheckedIOException.class)
        .until(
            () -> {
              process.check();
              return command("PING").equals("+PONG");
            });
  }

  @Override
  public void close() {
    process.close();
  }
}
