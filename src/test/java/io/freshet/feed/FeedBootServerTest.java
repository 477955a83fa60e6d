package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.freshet.testing.FreePort;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.SessionFactories;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.hibernate.SessionFactory;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server's own settings, or what stands before it, keep a feed from working. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeedBootServerTest {

  private static final Path POOLER = Path.of("/usr/sbin/pgbouncer");

  private PrivateServer narrow;

  @BeforeAll
  void start() {
    narrow =
        PrivateServer.start(
            "max_replication_slots", "1",
            "max_wal_senders", "1",
            "max_prepared_transactions", "5");
  }

  @AfterAll
  void stop() {
    narrow.close();
  }

  private static String refused(SessionFactories settings, String url) {
    return Refusal.of(settings, url);
  }

  @Test
  void walLevelIsNotLogical_isSaid() {
    try (PrivateServer replica = PrivateServer.start("wal_level", "replica")) {
      String url = replica.database();
      assertThat(refused(FaultyNode.settings(url, "wal"), url))
          .contains("freshet.feed=wal", "wal_level = replica", "Set wal_level = logical");
    }
  }

  @Test
  void noSlotIsFree_isSaid() {
    String url = narrow.database();
    PrivateServer.execute(url, "select pg_create_physical_replication_slot('taken')");
    try {
      assertThat(refused(FaultyNode.settings(url, "wal"), url))
          .contains("freshet.feed=wal", "raise max_replication_slots");
    } finally {
      PrivateServer.execute(url, "select pg_drop_replication_slot('taken')");
    }
  }

  @Test
  void noSenderIsFree_isSaid() throws Exception {
    String url = narrow.database();
    Properties replication = new Properties();
    replication.setProperty("replication", "database");
    replication.setProperty("preferQueryMode", "simple");
    replication.setProperty("assumeMinServerVersion", "14");
    String postgres = narrow.url("postgres");
    try (Connection taken = DriverManager.getConnection(postgres, replication)) {
      assertThat(taken.isClosed()).isFalse();
      assertThat(refused(FaultyNode.settings(url, "wal"), url))
          .contains("freshet.feed=wal", "raise max_wal_senders");
    }
  }

  @Test
  void preparedTransactionsAllowed_notify_isWarnedOf() {
    try (FaultyNode node = FaultyNode.on(narrow.database(), "notify")) {
      assertThat(node.logged("FRESHET-045"))
          .singleElement()
          .asString()
          .contains("max_prepared_transactions = 5", "freshet.feed=wal");
    }
  }

  /** A role that is asked for its password, {@code another}. */
  private void withSecuredRole(Consumer<String> test) throws IOException {
    String url = narrow.database();
    String rules = Files.readString(narrow.hba());
    PrivateServer.execute(url, "create role secured login superuser password 'another'");
    Files.writeString(narrow.hba(), "host all secured all scram-sha-256\n" + rules);
    PrivateServer.execute(url, "select pg_reload_conf()");
    FaultyNode.awaitThat(
        () ->
            PrivateServer.query(
                    url, "select 'x' from pg_hba_file_rules where user_name = '{secured}'")
                .contains("x"));
    try {
      test.accept(url);
    } finally {
      Files.writeString(narrow.hba(), rules);
      PrivateServer.execute(
          url, "drop owned by secured cascade", "drop role secured", "select pg_reload_conf()");
    }
  }

  @Test
  void passwordWrong_isSaid_andNotTold() throws IOException {
    withSecuredRole(
        url -> {
          String message =
              refused(
                  FaultyNode.settings(url, "notify")
                      .with("freshet.feed.url", url.replaceFirst("[?].*", ""))
                      .with("freshet.feed.user", "secured")
                      .with("freshet.feed.password", Refusal.SECRET),
                  url);
          assertThat(message)
              .contains("freshet.feed=notify")
              .contains("password authentication failed for user \"secured\"")
              .contains("freshet.feed.user", "freshet.feed.password");
        });
  }

  /** The session factory's own properties show both as asterisks. */
  @Test
  void userAndPasswordOfThePersistenceUnit_areTheFeedsToo() throws IOException {
    withSecuredRole(
        url -> {
          try (SessionFactory factory =
              FaultyNode.settings(url, "notify")
                  .with("hibernate.connection.url", url.replaceFirst("[?].*", ""))
                  .with("jakarta.persistence.jdbc.user", "secured")
                  .with("jakarta.persistence.jdbc.password", "another")
                  .build(Shelf.class, Shelf.Item.class)) {
            awaitThat(() -> Nodes.feed(factory.unwrap(SessionFactoryImplementor.class)).open());
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"400ms,5", "400ms,0", "2s,0"})
  void poolerInTransactionMode_notify_isSaid(
      String bound, int prepareThreshold, @TempDir Path directory) throws Exception {
    String url = narrow.database();
    int port = FreePort.next();
    Process pooler = pooler(directory, port);
    try {
      String pooled = url.replace(":" + narrow.port() + "/", ":" + port + "/");
      String message =
          refusedThroughPooler(
              FaultyNode.settings(url, "notify")
                  .with("freshet.max_staleness", bound)
                  .with("freshet.feed.url", pooled + "&prepareThreshold=" + prepareThreshold));
      assertThat(message)
          .contains("freshet.feed=notify", "127.0.0.1:" + port, "pooler in transaction mode")
          .containsAnyOf(
              "Set freshet.feed.url to the server itself", "has to lead straight to PostgreSQL");
    } finally {
      pooler.destroy();
      pooler.waitFor();
    }
  }

  @Test
  void pooler_wal_isSaid(@TempDir Path directory) throws Exception {
    String url = narrow.database();
    int port = FreePort.next();
    Process pooler = pooler(directory, port);
    try {
      String pooled = url.replace(":" + narrow.port() + "/", ":" + port + "/");
      assertThat(
              refusedThroughPooler(
                  FaultyNode.settings(url, "wal").with("freshet.feed.url", pooled)))
          .contains("freshet.feed=wal", "127.0.0.1:" + port, "pooler");
    } finally {
      pooler.destroy();
      pooler.waitFor();
    }
  }

  /** The pooler keeps connections of its own, which are none of the feed's. */
  private static String refusedThroughPooler(SessionFactories settings) {
    return Refusal.of(settings, "");
  }

  private Process pooler(Path directory, int port) throws IOException {
    assumeThat(POOLER).describedAs("install pgbouncer to run this").exists();
    Path configuration = directory.resolve("pgbouncer.ini");
    Files.writeString(
        configuration,
        """
        [databases]
        * = host=127.0.0.1 port=%d user=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        ignore_startup_parameters = extra_float_digits
        """
            .formatted(narrow.port(), port));
    List<String> command = new ArrayList<>(List.of(POOLER.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    command.add(configuration.toString());
    Process pooler =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    FaultyNode.awaitThat(
        () -> {
          assertThat(pooler.isAlive()).isTrue();
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    return pooler;
  }
}
