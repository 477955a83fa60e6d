package io.freshet.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Pattern;

/**
 * Room for logical replication; {@code wal_level} is in {@link
 * io.freshet.postgres.tracking.Publication#validate}. Stateless.
 */
final class WalCheck {

  /** Each node takes one of each, and a rolling update two. */
  private static final int FEW = 2;

  private static final String SLOTS = "select count(*) from pg_catalog.pg_replication_slots";

  /** Physical standbys and backups count as well. */
  private static final String SENDERS = "select count(*) from pg_catalog.pg_stat_replication";

  /** A quoted asterisk would be a name. */
  private static final Pattern ANYBODY =
      Pattern.compile("(?:[^\"]|\"[^\"]*\")*?\\*(?:[^\"]|\"[^\"]*\")*");

  private WalCheck() {}

  static void run(Examination examination) throws SQLException {
    Connection connection = examination.connection();
    room(examination, "max_replication_slots", SLOTS);
    room(examination, "max_wal_senders", SENDERS);
    String standbys = Query.setting(connection, "synchronous_standby_names");
    if (ANYBODY.matcher(standbys).matches()) {
      examination
          .findings()
          .error(
              "synchronous_standby_names",
              "'%s' counts every feed as a standby that confirms commits: feeds refuse to begin"
                  .formatted(standbys),
              "Name the standbys: alter system set synchronous_standby_names = '...'");
    }
  }

  private static void room(Examination examination, String setting, String taken)
      throws SQLException {
    Connection connection = examination.connection();
    int most = Integer.parseInt(Query.setting(connection, setting));
    int left = most - Integer.parseInt(Query.text(connection, taken));
    String text = "%d of %d are left".formatted(Math.max(0, left), most);
    String remedy =
        "alter system set %s = %d, and restart the server".formatted(setting, most + 10);
    if (left <= 0) {
      examination.findings().error(setting, text + ", and each node takes one", remedy);
    } else if (left <= FEW) {
      examination.findings().warning(setting, text + ", and each node takes one", remedy);
    } else {
      examination.findings().ok(setting, text);
    }
  }
}
