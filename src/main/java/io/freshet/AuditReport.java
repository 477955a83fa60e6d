package io.freshet;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one audit found: entries of the cache, compared with the database. Immutable.
 *
 * <p>Each sample is counted once: {@code samples} is the sum of all the others.
 *
 * @param at when it began, by this machine's clock
 * @param took how long it took
 * @param samples how many entries were looked at
 * @param fresh how many equal the database
 * @param overtaken how many differed when they were compared, and were not served any more when the
 *     change had been delivered: the cache did as it should
 * @param notCompared how many could not be compared, by reason
 * @param stale entries that differ although their change had been delivered, each proved by a
 *     barrier; they have been evicted
 * @param unproven entries that differ where no feed tells of all changes, so that nothing shows
 *     whether theirs is still to come; they have been evicted
 */
public record AuditReport(
    Instant at,
    Duration took,
    int samples,
    int fresh,
    int overtaken,
    Map<Reason, Integer> notCompared,
    List<Finding> stale,
    List<Finding> unproven) {

  /** What sort of thing is cached. */
  public enum Kind {
    ENTITY,
    COLLECTION,
    NATURAL_ID,
    QUERY
  }

  /** Why an entry was not compared. */
  public enum Reason {
    /** The database could not be read, or reading it failed in the application's own code. */
    FAILED,
    /** Its mapping or its key is of a form that the audit does not know how to read again. */
    UNSUPPORTED,
    /** Values that differ are of a class without {@code equals}: nobody can tell. */
    INCOMPARABLE,
    /** Its query or formula may answer differently though no row has changed. */
    INDEFINITE,
    /** The owner of a collection is gone, so that nobody can ask for it. */
    UNREACHABLE,
    /** No barrier came back in time, so that nothing shows whether the change was delivered. */
    NO_BARRIER
  }

  /**
   * An entry that differs from the database.
   *
   * @param kind what it is
   * @param region its region, without prefix
   * @param name the entity, the collection's role, or the query's SQL
   * @param key the identifier, as text; of a query its parameters
   * @param atLeast how long it has been stale at least: since the database read that differed
   * @param atMost how long at most: since it was read from the database itself
   * @param row where the row is, for asking the database again; empty but for entities whose
   *     columns are in one table
   * @param differences the values that differ, the first few
   * @param message the id under which it was logged
   */
  public record Finding(
      Kind kind,
      String region,
      String name,
      String key,
      Duration atLeast,
      Duration atMost,
      Optional<Row> row,
      List<Difference> differences,
      String message) {

    public Finding {
      differences = List.copyOf(differences);
    }
  }

  /**
   * A row of a table.
   *
   * @param table its name, as the mapping spells it
   * @param key the columns of its key with their values, as text
   */
  public record Row(String table, Map<String, String> key) {

    public Row {
      key = Map.copyOf(new LinkedHashMap<>(key));
    }
  }

  /**
   * A value that differs.
   *
   * @param property the property, or what else is compared: element, row, count
   * @param column the columns behind it, as the mapping spells them
   * @param cached the value in the cache, as text, cut off after 100 characters; null for SQL NULL,
   *     or nothing there
   * @param database the same in the database
   */
  public record Difference(
      String property, String column, @Nullable String cached, @Nullable String database) {}

  /**
   * What all audits of a session factory have found since it was built.
   *
   * @param runs how many audits have ended
   * @param failures how many of them could not compare some of their samples for a failure, or
   *     ended before their time
   * @param samples entries looked at
   * @param fresh entries that equal the database
   * @param overtaken as in a report
   * @param notCompared entries that could not be compared, whyever
   * @param stale entries that were proved stale
   * @param unproven entries that differ, without proof
   */
  public record Totals(
      long runs,
      long failures,
      long samples,
      long fresh,
      long overtaken,
      long notCompared,
      long stale,
      long unproven) {}

  public AuditReport {
    notCompared = Map.copyOf(notCompared);
    stale = List.copyOf(stale);
    unproven = List.copyOf(unproven);
  }

  /** How long the oldest of the stale entries has been so at least; zero if none is stale. */
  public Duration oldest() {
    return stale.stream().map(Finding::atLeast).max(Duration::compareTo).orElse(Duration.ZERO);
  }

  /** How many entries could not be compared, whyever. */
  public int notComparedInAll() {
    return notCompared.values().stream().mapToInt(Integer::intValue).sum();
  }
}
