package io.freshet.postgres.wal;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says what a failed connection means and what to do about it. Stateless.
 *
 * <p>The SQL states are those of PostgreSQL's appendix "Error Codes"; which of them the replication
 * commands raise: {@code walsender.c}, {@code slot.c}, {@code logical.c}, {@code postinit.c}.
 */
public final class ConnectionFailure {

  private static final Pattern SECRETS =
      Pattern.compile("(?i)((?:ssl)?password=)[^&\\s]*|(?<=//)[^/@\\s]*@");

  private ConnectionFailure() {}

  /**
   * What happened and what to do, in one line.
   *
   * @param failure what the driver threw
   * @param url the JDBC URL, of which host and database are told and no parameter
   */
  public static String explain(SQLException failure, String url) {
    String where = withoutSecrets(url);
    String remedy = remedy(failure);
    String said = oneLine(Objects.toString(failure.getMessage(), failure.getClass().getName()));
    if (url.length() > where.length()) {
      said = said.replace(url, where);
    }
    said = SECRETS.matcher(said).replaceAll("$1");
    return where + ": " + said + (said.endsWith(".") ? " " : ". ") + remedy;
  }

  /** The URL without user information and parameters. */
  static String withoutSecrets(String url) {
    int parameters = url.indexOf('?');
    String bare = parameters < 0 ? url : url.substring(0, parameters);
    return bare.replaceFirst("//[^/]*@", "//");
  }

  private static String remedy(SQLException failure) {
    String state = Objects.toString(failure.getSQLState(), "");
    String said = Objects.toString(failure.getMessage(), "");
    return switch (state) {
      case "28P01" -> "The password is wrong or missing: set freshet.feed.user and .password";
      case "28000" ->
          "The server does not let this user in from here: it needs a login role, and a line in"
              + " pg_hba.conf for this database";
      case "3D000" -> "The database does not exist: correct freshet.feed.url";
      case "42501" ->
          "The user has not the right: alter role <user> replication (in managed databases, the"
              + " role that stands for it, such as rds_replication)";
      case "53400" ->
          "Every replication slot is taken: raise max_replication_slots (one for each node and"
              + " standby, two while a permanent one is made) and restart the server, or drop slots"
              + " that nobody uses (see pg_replication_slots)";
      case "53300" -> tooMany(said);
      case "42704" ->
          "What the stream reads from does not exist: install it with freshet.tracking=install or"
              + " create it by hand";
      case "55P03", "40P01" ->
          "A transaction that goes on for long keeps a table from being prepared; it is tried again";
      case "57P01", "57P02" -> "The server is going down or somebody ended the session";
      case "57P03" -> "The server is starting, stopping or recovering";
      case "25006" -> "This is a standby: freshet.feed.url has to lead to the primary";
      case "55006" -> "Another process reads from it, or did until a moment ago; it is tried again";
      case "55000" -> notReady(said);
      case "0A000" ->
          said.contains("recovery")
              ? "This is a standby: freshet.feed.url has to lead to the primary"
              : "The server cannot do this: logical replication needs PostgreSQL 14 or later";
      case "42601" ->
          "The server took a replication command for SQL: a connection pooler stands in between;"
              + " freshet.feed.url has to lead straight to PostgreSQL";
      case "42P05", "26000" ->
          "Another session's prepared statements are met: a connection pooler in transaction mode"
              + " stands in between; freshet.feed.url has to lead straight to PostgreSQL";
      case "08P01" -> protocol(said);
      default -> state.startsWith("08") ? network(failure) : "SQL state " + state;
    };
  }

  private static String tooMany(String said) {
    return said.contains("max_wal_senders")
        ? "Every replication connection is taken: raise max_wal_senders (one for each node and"
            + " standby) and restart the server"
        : "Every connection is taken: raise max_connections, or the role's or the database's limit";
  }

  private static String notReady(String said) {
    return said.contains("wal_level")
        ? "Logical replication is off: set wal_level = logical and restart the server"
        : "The server is not in a state to do this; it is tried again";
  }

  private static String protocol(String said) {
    return said.contains("startup parameter") || said.contains("replication")
        ? "A connection pooler refuses replication: freshet.feed.url has to lead straight to"
            + " PostgreSQL"
        : "What answers there does not speak PostgreSQL's protocol: correct host and port";
  }

  private static String network(SQLException failure) {
    if (caused(failure, UnknownHostException.class)) {
      return "The host name is not known: correct freshet.feed.url";
    } else if (caused(failure, ConnectException.class)) {
      return "Nothing accepts connections there: is the server running, and host and port right?";
    } else if (caused(failure, SocketTimeoutException.class)) {
      return "No answer in time: a firewall, a dead host, or a server that hangs";
    }
    return "The connection failed or was lost; if it never works, check that host and port are"
        + " PostgreSQL's and not those of something else";
  }

  private static boolean caused(Throwable failure, Class<? extends Throwable> type) {
    @Nullable Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 10; depth++) {
      if (type.isInstance(cause)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
