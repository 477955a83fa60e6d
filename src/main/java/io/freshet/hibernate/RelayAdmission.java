package io.freshet.hibernate;

import io.freshet.BusSettings;
import io.freshet.FeedSettings;
import io.freshet.FeedSettings.Tracking;
import io.freshet.Message;
import io.freshet.change.TableName;
import io.freshet.change.TrackedTable;
import io.freshet.change.TrackingPlan;
import io.freshet.fanout.Admission;
import io.freshet.fanout.Description;
import io.freshet.fanout.Description.Kind;
import io.freshet.postgres.feed.FeedFailure;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.tracking.Coverage;
import io.freshet.postgres.tracking.Gap;
import io.freshet.postgres.tracking.Publication;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.tracking.Triggers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a relay only if it tells of every table that something cached depends on. Used by the
 * feed's thread, but for {@link #intake}.
 *
 * <p>What the mapping's names stand for is asked of the database whenever a relay's stream begins,
 * over a connection of the persistence unit's; otherwise a node that follows a relay asks nothing.
 */
final class RelayAdmission implements Admission {

  private static final Logger LOG = LoggerFactory.getLogger(RelayAdmission.class);

  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(30);
  private static final Duration MENDING_PAUSE = Duration.ofSeconds(1);

  private final Node node;
  private final SessionFactoryImplementor factory;
  private final FeedSettings settings;
  private final Set<String> warned = new HashSet<>();
  private final Duration patience;
  private @Nullable Description lastRefused;
  private Optional<String> lastRefusal = Optional.empty();
  private long lastRefusedNanos;
  private long pauseNanos = PAUSE;
  private long mendedNanos = System.nanoTime() - MENDING_PAUSE.toNanos();
  private volatile Intake intake;

  RelayAdmission(Node node) {
    this.node = node;
    this.factory = node.sessionFactory();
    this.settings = node.settings().feed();
    this.patience = FeedTargets.patience(settings);
    this.intake = Intake.byName(node);
  }

  /** What changes are understood by. */
  Intake intake() {
    return intake;
  }

  @Override
  public Optional<String> refuses(Description relay) {
    if (!(factory.getJdbcServices().getDialect() instanceof PostgreSQLDialect)) {
      return Optional.of(
          "a relay tells of a PostgreSQL, and the persistence unit's database is none");
    }
    long now = System.nanoTime();
    if (relay.equals(lastRefused) && now - lastRefusedNanos < pauseNanos) {
      return lastRefusal;
    }
    Optional<String> refusal = look(relay);
    if (refusal.isEmpty()) {
      lastRefused = null;
    } else {
      // everybody asks again and again, and the database must not be asked as often
      pauseNanos = relay.equals(lastRefused) ? Math.min(pauseNanos * 2, LONGEST_PAUSE) : PAUSE;
      lastRefused = relay;
      lastRefusedNanos = now;
      lastRefusal = refusal;
    }
    return refusal;
  }

  private Optional<String> look(Description relay) {
    TrackingPlan plan = MappedPlan.plan(node);
    try {
      Looked looked = resolve(plan);
      if (!looked.database().equals(relay.database())) {
        return Optional.of(
            "the relay tells of another database (%s) than the persistence unit's (%s): give each a %s of its own"
                .formatted(relay.database(), looked.database(), BusSettings.CHANNEL));
      }
      Coverage coverage = looked.coverage();
      List<String> missing = missing(relay, coverage);
      if (settings.tracking() == Tracking.INSTALL && !missing.isEmpty()) {
        return Optional.of(install(relay.kind(), plan));
      }
      if (settings.tracking() != Tracking.NONE) {
        Optional<String> refused = refused(missing, coverage);
        if (refused.isPresent()) {
          return refused;
        }
      }
      warnOfColumns(relay, coverage);
      intake = Intake.of(node, coverage);
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of("the tables of the mapping could not be looked up: " + e.getMessage());
    }
  }

  /** What the database says of itself and of the mapping's tables. */
  private record Looked(String database, Coverage coverage) {}

  private Looked resolve(TrackingPlan plan) throws SQLException {
    try (UnitConnection connection = UnitConnection.of(factory)) {
      Connection raw = connection.raw();
      int before = raw.getNetworkTimeout();
      // whoever closes the session factory waits for this
      raw.setNetworkTimeout(Runnable::run, Math.toIntExact(patience.toMillis()));
      try {
        return new Looked(Server.identity(raw), Coverage.resolve(raw, plan));
      } finally {
        raw.setNetworkTimeout(Runnable::run, before);
      }
    }
  }

  private static List<String> missing(Description relay, Coverage coverage) {
    Set<TableName> told =
        relay.tables().stream().map(TrackedTable::table).collect(Collectors.toSet());
    return coverage.tables().stream()
        .map(Coverage.Table::name)
        .filter(name -> !told.contains(name))
        .map(TableName::toString)
        .sorted()
        .toList();
  }

  private static Optional<String> refused(List<String> missing, Coverage coverage) {
    List<String> problems = new ArrayList<>();
    coverage.gaps().stream().map(Gap::toString).forEach(problems::add);
    if (!missing.isEmpty()) {
      problems.add(
          "the relay does not tell of %s: have them tracked (freshet tracking install, or %s=install)"
              .formatted(String.join(", ", missing), FeedSettings.TRACKING));
    }
    return problems.isEmpty()
        ? Optional.empty()
        : Optional.of("changes would go untold: " + String.join("; ", problems));
  }

  /** A relay that has found a gap in the tracking waits until somebody has mended it. */
  @Override
  public void waits(Description relay) {
    long now = System.nanoTime();
    if (settings.tracking() == Tracking.INSTALL && now - mendedNanos > MENDING_PAUSE.toNanos()) {
      mendedNanos = now;
      LOG.debug(
          "Mending what the relay waits for: {}", install(relay.kind(), MappedPlan.plan(node)));
    }
  }

  /** The relay notices by itself what has been installed, and describes itself anew. */
  private String install(Kind relay, TrackingPlan plan) {
    FeedTarget target = FeedTargets.of(factory, settings);
    try (Connection connection = target.connect()) {
      Coverage coverage = Coverage.resolve(connection, plan);
      List<Gap> gaps =
          (relay == Kind.WAL ? new Publication() : new Triggers(node.settings().maxKeys()))
              .install(connection, coverage);
      return gaps.isEmpty()
          ? "tables have just been tracked, and the relay has to notice"
          : "not all tables could be tracked: "
              + gaps.stream().map(Gap::toString).collect(Collectors.joining("; "));
    } catch (SQLException e) {
      return "tables could not be tracked: " + FeedFailure.explain(e, target);
    }
  }

  /** What is not told of a row costs a wider eviction. */
  private void warnOfColumns(Description relay, Coverage coverage) {
    Map<TableName, Set<String>> told = new HashMap<>();
    for (TrackedTable table : relay.tables()) {
      Set<String> columns = new HashSet<>(table.key());
      columns.addAll(table.watched());
      told.put(table.table(), columns);
    }
    for (Coverage.Table table : coverage.tables()) {
      TrackedTable wanted =
          new TrackedTable(table.name(), Set.copyOf(table.key()), Set.copyOf(table.watched()));
      Set<String> lacking = new HashSet<>(wanted.key());
      lacking.addAll(wanted.watched());
      lacking.removeAll(told.getOrDefault(table.name(), Set.of()));
      if (!lacking.isEmpty() && warned.add(table.name() + " " + lacking)) {
        Message.FEED_WARNING.warn(
            LOG,
            "The relay does not tell the columns %s of %s, so that changes there evict more than they need: run freshet tracking install, or set %s=install once"
                .formatted(lacking, table.name(), FeedSettings.TRACKING));
      }
    }
  }
}
