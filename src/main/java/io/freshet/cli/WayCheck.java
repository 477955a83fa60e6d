package io.freshet.cli;

import io.freshet.postgres.feed.FeedTarget;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Whether something stands between us and the server, tried out. Stateless. */
final class WayCheck {

  private static final int PATIENCE_MILLIS = 3_000;

  private static final String STRAIGHT =
      "Give the server's own host and port as --url and freshet.feed.url";

  private WayCheck() {}

  /**
   * Compares the process id that the protocol's BackendKeyData named at connect with that of the
   * process which answers: a pooler makes up the first.
   */
  static void backend(Examination examination) throws SQLException {
    Connection connection = examination.connection();
    int told = connection.unwrap(PGConnection.class).getBackendPID();
    String answers = Query.text(connection, "select pg_catalog.pg_backend_pid()");
    if (answers.equals(String.valueOf(told))) {
      examination.findings().ok("connection", "straight to the server");
    } else {
      examination
          .findings()
          .warning(
              "connection",
              "a pooler stands in between: the backend that answers is not the one that was named"
                  + " at connect",
              STRAIGHT);
    }
  }

  /** LISTEN here, NOTIFY from a second connection, and wait for it. */
  static void listen(Examination examination) throws SQLException {
    String channel = "freshet_doctor_" + UUID.randomUUID().toString().replace("-", "");
    Connection connection = examination.connection();
    Query.execute(connection, "listen " + channel);
    try {
      notify(examination.target(), channel);
      PGNotification[] heard =
          connection.unwrap(PGConnection.class).getNotifications(PATIENCE_MILLIS);
      if (heard != null && heard.length > 0) {
        examination.findings().ok("LISTEN", "what another connection sent by NOTIFY has come");
      } else {
        examination
            .findings()
            .error(
                "LISTEN",
                "what another connection sent by NOTIFY has not come: LISTEN does not survive on"
                    + " this way, as through a pooler in transaction mode",
                STRAIGHT);
      }
    } finally {
      Query.execute(connection, "unlisten " + channel);
    }
  }

  private static void notify(FeedTarget target, String channel) throws SQLException {
    try (Connection second = DriverManager.getConnection(target.url(), target.properties());
        PreparedStatement statement =
            second.prepareStatement("select pg_catalog.pg_notify(?, '')::text")) {
      statement.setString(1, channel);
      statement.execute();
    }
  }

  /** Asks who the server is, over the replication protocol. */
  static void replicate(Examination examination) {
    FeedTarget target = examination.target();
    Properties properties = target.properties();
    properties.setProperty("replication", "database");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("assumeMinServerVersion", "15");
    properties.setProperty("socketTimeout", String.valueOf(ConnectionOptions.PATIENCE.toSeconds()));
    try (Connection connection = DriverManager.getConnection(target.url(), properties);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("IDENTIFY_SYSTEM")) {
      if (rows.next()) {
        examination
            .findings()
            .ok(
                "replication",
                "system %s, timeline %s answers".formatted(rows.getString(1), rows.getString(2)));
      }
    } catch (SQLException e) {
      examination
          .findings()
          .error(
              "replication",
              "a replication connection is refused",
              ConnectionOptions.explain(target, e));
    }
  }
}
