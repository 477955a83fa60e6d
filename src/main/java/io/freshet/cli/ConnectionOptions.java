package io.freshet.cli;

import io.freshet.FeedSettings;
import io.freshet.postgres.feed.FeedFailure;
import io.freshet.postgres.feed.FeedTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the database is, and as whom. Filled by picocli; for one thread. */
final class ConnectionOptions {

  static final String HEADING = "%nDatabase:%n";

  static final String ENV_URL = "FRESHET_URL";
  static final String ENV_PASSWORD = "FRESHET_PASSWORD";
  static final String ENV_POSTGRES_PASSWORD = "PGPASSWORD";

  /** As long as a feed with default settings waits: see FeedBoot. */
  static final Duration PATIENCE = FeedSettings.DEFAULT_MAX_STALENESS.multipliedBy(4);

  private static final String PREFIX = "jdbc:postgresql:";

  @Option(
      names = "--url",
      paramLabel = "<jdbc-url>",
      description = {
        "JDBC URL of the database, straight to PostgreSQL, such as"
            + " jdbc:postgresql://db.example.org:5432/shop.",
        "Default: the environment variable " + ENV_URL + "."
      })
  private @Nullable String url;

  @Option(
      names = "--user",
      paramLabel = "<name>",
      description = "Role to connect as, unless the URL names it.")
  private @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "<file>",
      description = {
        "File whose first line is the password.",
        "Default: the environment variables "
            + ENV_PASSWORD
            + " or "
            + ENV_POSTGRES_PASSWORD
            + ", else ~/.pgpass. A password is never an option: the process list shows those."
      })
  private @Nullable Path passwordFile;

  /** Something done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T with(Connection connection) throws SQLException, CliException;
  }

  /** Whether a database was named on the command line. */
  boolean isGiven() {
    return url != null;
  }

  /** Whether a database was named at all. */
  boolean isNamed(Terminal terminal) {
    return isGiven() || terminal.env().containsKey(ENV_URL);
  }

  /** A database with all that was said of it. */
  FeedTarget target(Terminal terminal, Secrets secrets) throws CliException {
    String where = url == null ? terminal.env().get(ENV_URL) : url;
    if (where == null || where.isBlank()) {
      throw CliException.usage(
          "Which database? Give --url jdbc:postgresql://host:5432/database, or set " + ENV_URL);
    }
    if (!where.startsWith(PREFIX)) {
      throw CliException.usage(
          "--url %s is not allowed: give a JDBC URL of a PostgreSQL, such as jdbc:postgresql://db.example.org:5432/shop"
              .formatted(secrets.without(where.replaceFirst("[?].*", ""))));
    }
    inUrl(where, "password").ifPresent(secrets::add);
    Optional<String> urlUser = inUrl(where, "user");
    if (user != null && urlUser.isPresent() && !urlUser.get().equals(user)) {
      throw CliException.usage(
          "--user %s and the URL's user=%s differ: give one of them"
              .formatted(user, urlUser.get()));
    }
    Optional<String> password = password(terminal);
    password.ifPresent(secrets::add);
    return new FeedTarget(where, Optional.ofNullable(user), password, PATIENCE);
  }

  private Optional<String> password(Terminal terminal) throws CliException {
    if (passwordFile != null) {
      return Optional.of(firstLine("--password-file", passwordFile, terminal));
    }
    return Optional.ofNullable(terminal.env().get(ENV_PASSWORD))
        .or(() -> Optional.ofNullable(terminal.env().get(ENV_POSTGRES_PASSWORD)));
  }

  static String firstLine(String option, Path file, Terminal terminal) throws CliException {
    try {
      if (Files.getFileStore(file).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        terminal.warn(
            "everybody on this machine can read %s: chmod 600 it, and think of a new password"
                .formatted(file));
      }
      List<String> lines = Files.readAllLines(file);
      if (lines.isEmpty() || lines.get(0).isEmpty()) {
        throw CliException.usage("%s %s: its first line is empty".formatted(option, file));
      }
      return lines.get(0);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.USAGE, "%s %s cannot be read: %s".formatted(option, file, e), e);
    }
  }

  /** The value of one of a URL's parameters. */
  static Optional<String> inUrl(String url, String name) {
    int parameters = url.indexOf('?');
    if (parameters >= 0) {
      for (String parameter : url.substring(parameters + 1).split("&", -1)) {
        if (parameter.startsWith(name + "=")) {
          return Optional.of(
              java.net.URLDecoder.decode(
                  parameter.substring(name.length() + 1), java.nio.charset.StandardCharsets.UTF_8));
        }
      }
    }
    return Optional.empty();
  }

  /** A connection to the primary, for the time of the work. */
  static <T> T connected(FeedTarget target, Work<T> work) throws CliException {
    return connected(target, target.properties(), work);
  }

  /** The same, to whatever server answers. */
  static <T> T connectedToAny(FeedTarget target, Work<T> work) throws CliException {
    Properties properties = target.properties();
    properties.setProperty("targetServerType", "any");
    return connected(target, properties, work);
  }

  private static <T> T connected(FeedTarget target, Properties properties, Work<T> work)
      throws CliException {
    properties.setProperty("socketTimeout", String.valueOf(PATIENCE.toSeconds() * 4));
    try (Connection connection = DriverManager.getConnection(target.url(), properties)) {
      return work.with(connection);
    } catch (SQLException e) {
      throw failure(target, e);
    }
  }

  static CliException failure(FeedTarget target, SQLException e) {
    return new CliException(ExitCode.FAILED, explain(target, e), e);
  }

  /** What happened and what to do, in the words of the command line. */
  static String explain(FeedTarget target, Throwable e) {
    return inOurWords(FeedFailure.explain(e, target));
  }

  /** Advice on settings, as advice on options. */
  static String inOurWords(String advice) {
    return advice
        .replace("set freshet.feed.user and .password", "check --user and the password")
        .replace("Set freshet.feed.url", "Set --url")
        .replace(", or set freshet.feed=notify", ", or give --source notify")
        .replace("freshet.feed.url", "--url")
        .replace("install it with freshet.tracking=install", "freshet tracking install creates it")
        .replace(", or set freshet.tracking=install", ", or freshet tracking install")
        .replace(", or set freshet.feed=none", "");
  }
}
