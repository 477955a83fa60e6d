package io.freshet.cli;

import java.sql.Connection;
import java.sql.SQLException;

/** The queue of NOTIFY, and what could not be put into it. Stateless. */
final class NotifyCheck {

  /** Where docs/operations.md says to raise an alarm. */
  private static final double MUCH = 0.1;

  /** From here on the triggers note changes instead of telling them. */
  private static final double TOO_MUCH = 0.5;

  private static final String UNANNOUNCED =
      """
      select pg_catalog.count(*) || ' since ' || pg_catalog.min(noted)::timestamptz(0)
      from freshet.unannounced having pg_catalog.count(*) > 0""";

  private static final String HAS_UNANNOUNCED =
      "select pg_catalog.to_regclass('freshet.unannounced') is not null";

  private static final String FIND_LISTENER =
      "End the session that listens and does not read: select pid, application_name, state,"
          + " xact_start from pg_stat_activity order by xact_start; select"
          + " pg_terminate_backend(pid)";

  private NotifyCheck() {}

  static void run(Examination examination) throws SQLException {
    Connection connection = examination.connection();
    Findings findings = examination.findings();
    double usage =
        Double.parseDouble(
            Query.text(connection, "select pg_catalog.pg_notification_queue_usage()"));
    String percent = "%.1f %% of it is in use".formatted(usage * 100);
    if (usage > TOO_MUCH) {
      findings.error("notification queue", percent + ": changes go untold", FIND_LISTENER);
    } else if (usage > MUCH) {
      findings.warning("notification queue", percent, FIND_LISTENER);
    } else {
      findings.ok("notification queue", percent);
    }
    if (Query.truth(connection, HAS_UNANNOUNCED)) {
      String unannounced = Query.text(connection, UNANNOUNCED);
      if (!unannounced.isEmpty()) {
        findings.warning(
            "freshet.unannounced",
            "transactions that could not be told of, for which nodes clear their caches: "
                + unannounced,
            FIND_LISTENER + ". Noted ones go after an hour");
      }
    }
  }
}
