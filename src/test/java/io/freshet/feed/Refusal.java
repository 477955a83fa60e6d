package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.freshet.FreshetConfigurationException;
import io.freshet.feed.Shelf.Item;
import io.freshet.testing.CapturedLog;
import io.freshet.testing.PrivateServer;
import io.freshet.testing.SessionFactories;
import java.util.List;
import org.hibernate.internal.SessionFactoryRegistry;

/** A boot that must fail, clearly and without a trace. */
final class Refusal {

  /** A password that nothing may tell. */
  static final String SECRET = "s3cr3t-p4ssw0rd";

  private Refusal() {}

  /** Boots, and gives the message of the refusal. */
  static String of(SessionFactories settings, String url) {
    List<Thread> before = feedThreads();
    Throwable thrown;
    try (CapturedLog log = CapturedLog.of("io.freshet")) {
      thrown =
          catchThrowable(
              () ->
                  settings
                      .with("hibernate.session_factory_name", "refused")
                      .with("hibernate.session_factory_name_is_jndi", false)
                      .build(Shelf.class, Item.class));
      assertThat(log.lines()).allSatisfy(line -> assertThat(line).doesNotContain(SECRET));
    }
    assertThat(thrown).isNotNull();
    Throwable cause = thrown;
    while (cause != null && !(cause instanceof FreshetConfigurationException)) {
      cause = cause.getCause();
    }
    assertThat(cause).describedAs("caused by %s", thrown).isNotNull();
    assertThat(cause).hasStackTraceContaining("Freshet");
    requireNothingLeft(before, url);
    for (Throwable one = thrown; one != null; one = one.getCause()) {
      assertThat(one.getMessage()).doesNotContain(SECRET);
    }
    return cause.getMessage();
  }

  private static void requireNothingLeft(List<Thread> before, String url) {
    awaitThat(() -> before.containsAll(feedThreads()));
    assertThat(SessionFactoryRegistry.INSTANCE.getNamedSessionFactory("refused")).isNull();
    if (url.startsWith("jdbc:postgresql:")) {
      awaitThat(() -> connections(url).isEmpty());
    }
  }

  /** Everybody's connections to a database, but for the one that asks. */
  static List<String> connections(String url) {
    return PrivateServer.query(
        url,
        "select concat_ws(' ', pid, application_name, query) from pg_stat_activity"
            + " where datname = current_database() and pid <> pg_backend_pid()"
            + " and backend_type in ('client backend', 'walsender')");
  }

  /** The threads of all feeds. */
  static List<Thread> feedThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("freshet"))
        .toList();
  }
}
