package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.freshet.testing.FreePort;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionFailureTest {

  @BeforeEach
  void createPublication() {
    WalServer.execute(
        "create table failing (id int primary key)", "create publication p for table failing");
  }

  @AfterEach
  void dropPublication() {
    WalServer.execute("drop publication p", "drop table failing");
  }

  @Test
  void userWithoutReplication_isToldTheRight() {
    WalServer.execute("create role nobody login");
    try {
      String url = WalServer.URL.replace("user=postgres", "user=nobody");
      assertThat(failure(url, "p")).contains("alter role <user> replication");
    } finally {
      WalServer.execute("drop role nobody");
    }
  }

  @Test
  void missingDatabase_isNamed() {
    String url = WalServer.URL.replaceFirst("/postgres\\?", "/nowhere?");
    assertThat(failure(url, "p")).contains("nowhere").contains("does not exist: correct");
  }

  @Test
  void missingPublication_isToldAtTheStart() {
    // from 18 on the server itself only warns, in its own log, and streams nothing
    assertThat(failure(WalServer.URL, "unknown")).contains("publication unknown does not exist");
  }

  @Test
  void noFreeSlot_isToldWithTheSetting() {
    List<String> slots = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        WalServer.execute("select pg_create_physical_replication_slot('taken_" + i + "')");
        slots.add("taken_" + i);
      }
      assertThat(failure(WalServer.URL, "p")).contains("raise max_replication_slots");
    } finally {
      slots.forEach(s -> WalServer.execute("select pg_drop_replication_slot('" + s + "')"));
    }
  }

  @Test
  void anyStandby_isRefused_sinceCommitsWouldCountAsReplicated() {
    try {
      WalServer.execute(
          "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()");
      await().until(() -> "*".equals(WalServer.query("show synchronous_standby_names")));
      assertThat(failure(WalServer.URL, "p")).contains("Name the standbys instead of *");
    } finally {
      WalServer.execute(
          "set synchronous_commit = local",
          "alter system reset synchronous_standby_names",
          "select pg_reload_conf()");
    }
  }

  @Test
  void nothingThere_isToldAsSuch() throws Exception {
    int port = FreePort.next();
    assertThat(failure("jdbc:postgresql://localhost:" + port + "/x?user=u&password=secret", "p"))
        .contains("Nothing accepts connections there")
        .doesNotContain("secret");
  }

  @Test
  void somethingElseThere_isToldAsSuch() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      Thread server =
          new Thread(
              () -> {
                try {
                  while (true) {
                    try (Socket client = socket.accept()) {
                      client
                          .getOutputStream()
                          .write(
                              "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    }
                  }
                } catch (IOException e) {
                  // the test has ended
                }
              });
      server.setDaemon(true);
      server.start();
      assertThat(failure("jdbc:postgresql://localhost:" + socket.getLocalPort() + "/x?user=u", "p"))
          .containsAnyOf("does not speak PostgreSQL's protocol", "are PostgreSQL's and not");
    }
  }

  @Test
  void silentServer_isGivenUp() throws Exception {
    Properties impatient = new Properties();
    impatient.setProperty("socketTimeout", "1");
    try (ServerSocket socket = new ServerSocket(0)) {
      String url = "jdbc:postgresql://localhost:" + socket.getLocalPort() + "/x?user=u";
      assertThatThrownBy(() -> WalStream.connect(url, impatient, "p", null))
          .isInstanceOf(FeedUnavailableException.class)
          .hasMessageContaining("No answer in time");
    }
  }

  @Test
  void unknownHost_isToldAsSuch() {
    assertThat(failure("jdbc:postgresql://no.such.host.invalid:5432/x?user=u", "p"))
        .contains("host name is not known");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "28P01 | password authentication failed | freshet.feed.user",
        "28000 | no pg_hba.conf entry for replication connection | pg_hba.conf",
        "55000 | logical decoding requires wal_level >= logical | set wal_level = logical",
        "55000 | something else | tried again",
        "53300 | number of requested standby connections exceeds max_wal_senders | raise max_wal_senders",
        "53300 | sorry, too many clients already | raise max_connections",
        "42704 | publication p does not exist | freshet.tracking=install",
        "08P01 | unsupported startup parameter: replication | pooler",
        "42601 | syntax error at or near CREATE_REPLICATION_SLOT | pooler",
        "25006 | cannot assign TransactionIds during recovery | primary",
        "0A000 | logical decoding cannot be used while in recovery | primary",
        "57P03 | the database system is starting up | starting",
        "XX000 | internal | SQL state XX000",
      })
  void everyState_hasARemedy(String state, String message, String remedy) {
    assertThat(
            ConnectionFailure.explain(
                new SQLException(message, state), "jdbc:postgresql://h/d?password=secret"))
        .startsWith("jdbc:postgresql://h/d: " + message + ". ")
        .contains(remedy)
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://h/d?user=u&password=secret",
    "jdbc:postgresql://u:secret@h/d",
    "jdbc:postgresql://h/d?sslpassword=secret&x=y"
  })
  void passwords_areNeverTold(String url) {
    assertThat(ConnectionFailure.explain(new SQLException("Unable to parse " + url), url))
        .doesNotContain("secret");
    assertThat(ConnectionFailure.explain(new SQLException("no driver for " + url, "08001"), "x"))
        .doesNotContain("secret");
  }

  private static String failure(String url, String publication) {
    FeedUnavailableException failure =
        catchThrowableOfType(
            FeedUnavailableException.class,
            () -> {
              try (WalStream stream = WalStream.connect(url, new Properties(), publication, null)) {
                stream.start();
              }
            });
    assertThat(failure).isNotNull();
    return failure.getMessage();
  }
}
