package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.freshet.cli.Commands.Ended;
import io.freshet.testing.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the settings of a server make doctor say; on a server of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoctorServerTest {

  private static final Path POOLER =
      Path.of(
          Optional.ofNullable(System.getenv("FRESHET_PGBOUNCER")).orElse("/usr/sbin/pgbouncer"));

  private static final String PASSWORD = "Geheimnis-1";

  private Path directory;
  private EmbeddedPostgres server;

  @BeforeAll
  void start(@TempDir Path shared) throws IOException {
    directory = shared;
    Path hba = directory.resolve("hba.conf");
    Files.writeString(
        hba,
        """
        host all guarded 127.0.0.1/32 scram-sha-256
        host all all 127.0.0.1/32 trust
        host replication all 127.0.0.1/32 trust
        local all all trust
        """);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(hba, PosixFilePermissions.fromString("rw-r--r--"));
    server =
        EmbeddedPostgres.builder()
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_prepared_transactions", "5")
            .setServerConfig("max_replication_slots", "2")
            .setServerConfig("max_wal_senders", "2")
            .setServerConfig("max_slot_wal_keep_size", "1MB")
            .setServerConfig("fsync", "off")
            .setServerConfig("hba_file", hba.toString())
            .start();
  }

  @AfterAll
  void stop() throws IOException {
    server.close();
  }

  private String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  private Ended doctor(String... more) {
    String[] args = new String[more.length + 1];
    args[0] = "doctor";
    System.arraycopy(more, 0, args, 1, more.length);
    return Commands.run(Map.of(ConnectionOptions.ENV_URL, url()), args);
  }

  private void execute(String... commands) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String command : commands) {
        statement.execute(command);
      }
    }
  }

  @Test
  void preparedTransaction_isFound_andItsRemedyEndsIt() throws SQLException {
    execute(
        "create table if not exists t (id int)",
        "begin",
        "insert into t values (1)",
        "prepare transaction 'left behind'");

    Ended ended = doctor("--old", "1ms");

    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.WARNED);
    assertThat(ended.out())
        .contains("prepared left behind", "rollback prepared 'left behind'")
        .contains("max_prepared_transactions = 5");
    execute("rollback prepared 'left behind'");
    assertThat(doctor("--old", "1ms").out()).doesNotContain("left behind");
  }

  @Test
  void lostSlot_isFound_andItsRemedyDropsIt() throws SQLException {
    execute("select pg_create_logical_replication_slot('freshet_lost', 'pgoutput')");
    for (int i = 0; i < 3; i++) {
      execute(
          "select pg_logical_emit_message(false, 'fill', repeat('x', 1000))",
          "select pg_switch_wal()");
    }
    execute("checkpoint");

    Ended ended = doctor();

    assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.FOUND);
    assertThat(ended.out())
        .contains("slot freshet_lost", "it is lost", "pg_drop_replication_slot('freshet_lost')");
    execute("select pg_drop_replication_slot('freshet_lost')");
    assertThat(doctor().out()).doesNotContain("freshet_lost");
  }

  @Test
  void takenSlots_areFound() throws SQLException {
    execute(
        "select pg_create_physical_replication_slot('a')",
        "select pg_create_physical_replication_slot('b')");
    try {
      Ended ended = doctor("--feed", "wal");

      assertThat(ended.status()).isEqualTo(ExitCode.FOUND);
      assertThat(ended.out())
          .containsPattern("ERROR +max_replication_slots +0 of 2 are left")
          .contains("alter system set max_replication_slots = 12");
    } finally {
      execute("select pg_drop_replication_slot('a'), pg_drop_replication_slot('b')");
    }
    assertThat(doctor("--feed", "wal").out())
        .containsPattern("WARNING +max_replication_slots +2 of 2 are left");
  }

  @Test
  void everybodyAsSynchronousStandby_isFound() throws SQLException {
    execute("alter system set synchronous_standby_names = 'ANY 1 (*)'", "select pg_reload_conf()");
    try {
      Awaitility.await().until(() -> doctor("--feed", "wal").out().contains("ANY 1 (*)"));
      assertThat(doctor("--feed", "wal").out()).containsPattern("ERROR +synchronous_standby_names");
    } finally {
      execute("alter system reset synchronous_standby_names", "select pg_reload_conf()");
    }
  }

  @Test
  void wrongPassword_isRefusedWithoutTellingIt() throws Exception {
    execute("create role guarded login password '" + PASSWORD + "'");
    String bare = url().replaceFirst("\\?.*", "");
    String wrong = "Falsch-2";
    Path file = Files.writeString(directory.resolve("password"), wrong + "\nmore\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    String inUrl = bare + "?user=guarded&password=" + wrong;

    for (String[] command :
        new String[][] {
          {"doctor"},
          {"doctor", "--json"},
          {"tracking", "check"},
          {"watch", "--count", "1"},
          {"barrier"},
          {"evict", "t"}
        }) {
      for (Ended ended :
          new Ended[] {
            Commands.run(Map.of("FRESHET_URL", inUrl), command),
            Commands.run(
                Map.of("FRESHET_URL", bare + "?user=guarded", "FRESHET_PASSWORD", wrong), command),
            Commands.run(
                Map.of("FRESHET_URL", bare + "?user=guarded", "PGPASSWORD", wrong), command),
            Commands.run(Map.of("FRESHET_URL", bare), with(command, file.toString()))
          }) {
        assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.FAILED);
        assertThat(ended.err()).contains("password authentication failed", "--user");
        assertThat(ended.all()).doesNotContain(wrong);
      }
    }
    Ended readable =
        Commands.run(Map.of("FRESHET_URL", bare), with(new String[] {"doctor"}, file.toString()));
    assertThat(readable.err()).contains("everybody on this machine can read");
    Ended right =
        Commands.run(
            Map.of("FRESHET_URL", bare + "?user=guarded", "FRESHET_PASSWORD", PASSWORD), "doctor");
    assertThat(right.status()).as(right.all()).isNotEqualTo(ExitCode.FAILED);
  }

  @Test
  void poolerInBetween_isFound() throws Exception {
    assumeThat(POOLER).describedAs("install pgbouncer to run this").exists();
    int port = FreePort.next();
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
            .formatted(server.getPort(), port));
    List<String> command = new ArrayList<>(List.of(POOLER.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
    }
    command.add(configuration.toString());
    Process pooler =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("pgbouncer.log").toFile())
            .start();
    try {
      String url = "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres".formatted(port);
      Awaitility.await()
          .ignoreExceptions()
          .until(
              () -> {
                try (Connection connection = DriverManager.getConnection(url)) {
                  return connection.isValid(1);
                }
              });

      Ended ended =
          Commands.run(Map.of(ConnectionOptions.ENV_URL, url), "doctor", "--feed", "both");

      assertThat(ended.status()).as(ended.all()).isEqualTo(ExitCode.FOUND);
      assertThat(ended.out())
          .containsPattern("ERROR +LISTEN +what another connection sent by NOTIFY has not come")
          .containsPattern("ERROR +replication +a replication connection is refused")
          .containsPattern("WARNING +connection +a pooler stands in between");
    } finally {
      pooler.destroy();
      pooler.waitFor();
    }
  }

  private static String[] with(String[] command, String passwordFile) {
    String[] args = Arrays.copyOf(command, command.length + 4);
    args[command.length] = "--user";
    args[command.length + 1] = "guarded";
    args[command.length + 2] = "--password-file";
    args[command.length + 3] = passwordFile;
    return args;
  }
}
