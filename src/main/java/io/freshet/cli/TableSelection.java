package io.freshet.cli;

import io.freshet.change.TrackingPlan;
import io.freshet.postgres.feed.FeedTarget;
import io.freshet.postgres.tracking.TrackedTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which tables a command is about. Filled by picocli; for one thread. */
final class TableSelection {

  static final String HEADING = "%nTables:%n";

  @Option(
      names = "--tables",
      split = ",",
      paramLabel = "<table>",
      description =
          "These tables, as in a statement: product, shop.product. Their rows are told by the"
              + " primary key.")
  private List<String> tables = List.of();

  @Option(
      names = "--persistence-unit",
      paramLabel = "<name>",
      description =
          "The tables that the cached entities, collections and queries of this unit depend on,"
              + " with the columns that they watch.")
  private @Nullable String unit;

  @Option(
      names = "--class-path",
      paramLabel = "<path>",
      description =
          "Where META-INF/persistence.xml, the entities and what they need are: jars, directories,"
              + " and dir/* for the jars in one; Hibernate itself is here already.")
  private @Nullable String classPath;

  void requireConsistent() throws CliException {
    if (!tables.isEmpty() && unit != null) {
      throw CliException.usage("--tables and --persistence-unit exclude each other: give one");
    }
    if (classPath != null && unit == null) {
      throw CliException.usage("--class-path needs --persistence-unit, the unit to read there");
    }
  }

  /** What was asked for; empty if nothing was. */
  Optional<TrackingPlan> plan(Connection connection, FeedTarget target)
      throws SQLException, CliException {
    requireConsistent();
    if (unit != null) {
      return Optional.of(new PersistenceUnit(unit, ClassPath.parse(classPath)).plan(target));
    }
    return tables.isEmpty() ? Optional.empty() : Optional.of(named(connection, tables));
  }

  /** Tables that people have named, told by their primary keys. */
  static TrackingPlan named(Connection connection, List<String> tables)
      throws SQLException, CliException {
    try {
      return TrackedTables.named(connection, tables);
    } catch (IllegalArgumentException e) {
      throw new CliException(ExitCode.USAGE, Query.orEmpty(e.getMessage()), e);
    }
  }
}
