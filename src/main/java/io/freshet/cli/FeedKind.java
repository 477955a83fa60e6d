package io.freshet.cli;

import io.freshet.FeedSettings;
import io.freshet.postgres.feed.PostgresFeed;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Tracking;
import io.freshet.postgres.tracking.Triggers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** How a database tells of its changes. */
enum FeedKind {
  /** Triggers and LISTEN. */
  NOTIFY,
  /** Logical replication. */
  WAL;

  /** The description of an option that chooses one. */
  static final String CHOICE =
      "${COMPLETION-CANDIDATES}: how the database tells. Default: what is installed, notify first.";

  private static final String HAS_TRIGGERS =
      """
      select exists (
        select from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'freshet' and t.tgname ~ '^freshet_')""";

  private static final String HAS_PUBLICATION =
      "select exists (select from pg_catalog.pg_publication where pubname = ?)";

  Tracking tracking(int maxKeys) {
    return this == WAL ? new Publication() : new Triggers(maxKeys);
  }

  PostgresFeed open(PostgresFeed.Plan plan, int maxKeys) {
    return this == WAL
        ? PostgresFeed.ofReplication(plan, maxKeys)
        : PostgresFeed.ofNotifications(plan);
  }

  boolean isInstalled(Connection connection) throws SQLException {
    return this == WAL
        ? Query.truth(connection, HAS_PUBLICATION, Publication.NAME)
        : Query.truth(connection, HAS_TRIGGERS);
  }

  /** The first of them that is installed. */
  static Optional<FeedKind> installed(Connection connection) throws SQLException {
    for (FeedKind kind : values()) {
      if (kind.isInstalled(connection)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  static CliException nothingInstalled() {
    return new CliException(
        ExitCode.FOUND,
        "nothing is tracked in this database, so that nothing is told: 'freshet tracking install"
            + " --tables ...', or start the application once with %s=install"
                .formatted(FeedSettings.TRACKING));
  }

  /** As it is typed. */
  @Override
  public String toString() {
    return ExitCode.typed(this);
  }
}
