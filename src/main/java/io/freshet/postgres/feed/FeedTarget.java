package io.freshet.postgres.feed;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;

/**
 * The database that a feed connects to. Immutable.
 *
 * @param url the JDBC URL, as pgjdbc takes it
 * @param user the user, if the URL does not hold it
 * @param password the password, if the URL does not hold it
 * @param patience how long an answer may take before the connection counts as dead; whole seconds
 */
public record FeedTarget(
    String url, Optional<String> user, Optional<String> password, Duration patience) {

  /** Properties for a connection that waits for the server's messages for as long as it takes. */
  public Properties properties() {
    Properties properties = new Properties();
    user.ifPresent(value -> properties.setProperty("user", value));
    password.ifPresent(value -> properties.setProperty("password", value));
    setUnlessInUrl(properties, "ApplicationName", "freshet");
    // a standby can neither be listened to nor tell what is visible on the primary
    setUnlessInUrl(properties, "targetServerType", "primary");
    String seconds = String.valueOf(patience.toSeconds());
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    properties.setProperty("socketTimeout", "0");
    properties.setProperty("tcpKeepAlive", "true");
    return properties;
  }

  /** A connection that waits for as long as it takes. */
  Connection connectPatiently() throws SQLException {
    return DriverManager.getConnection(url, properties());
  }

  /** A connection for short questions: none of them may take longer than the patience. */
  public Connection connect() throws SQLException {
    Properties properties = properties();
    properties.setProperty("socketTimeout", String.valueOf(patience.toSeconds()));
    return DriverManager.getConnection(url, properties);
  }

  private void setUnlessInUrl(Properties properties, String name, String value) {
    if (!url.contains(name + "=")) {
      properties.setProperty(name, value);
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }
}
