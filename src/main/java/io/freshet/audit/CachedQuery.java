package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Kind;
import io.freshet.AuditReport.Reason;
import io.freshet.cache.Lens;
import io.freshet.cache.QueryResultsStore;
import io.freshet.cache.QuerySpaceTimestamps;
import io.freshet.cache.Sighting;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.cache.spi.QueryResultsCache;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.sql.results.jdbc.internal.CachedJdbcValuesMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The result of a cached query. Run again, its rows are compared as Hibernate would cache them. In
 * any order: without ORDER BY the database may change it, and with one, rows that compare equal.
 */
record CachedQuery(
    Reader reader, QueryResultsStore store, QuerySpaceTimestamps timestamps, Recipe recipe)
    implements Sample {

  private static final int MOST_DIFFERENCES = 10;

  @Override
  public Kind kind() {
    return Kind.QUERY;
  }

  @Override
  public String region() {
    return recipe.stored().region();
  }

  @Override
  public String name() {
    return recipe.sql();
  }

  @Override
  public String key() {
    List<String> values = new ArrayList<>();
    recipe
        .bindings()
        .visitBindings(
            (parameter, binding) ->
                values.add(String.valueOf(Values.text(binding.getBindValue()))));
    return String.join(", ", values);
  }

  @Override
  public @Nullable Sighting look() {
    Object item = store.look(recipe.stored().key());
    if (item == null) {
      return null;
    }
    Lens.Rows rows = reader.open(recipe.tenant(), cache(), recipe.stored().key(), item);
    return rows != null && timestamps.serves(recipe.spaces(), rows.timestamp())
        ? new Sighting(rows.rows(), rows.timestamp())
        : null;
  }

  private QueryResultsCache cache() {
    return reader.factory().getCache().getQueryResultsCache(recipe.regionOption());
  }

  @Override
  public void evict() {
    store.evictData(recipe.stored().key());
  }

  @Override
  public Comparison compare(Sighting sighting) {
    return reader.read(
        recipe.tenant(),
        (session, lens) -> {
          recipe.run(session);
          Object result = lens.queryResult();
          Lens.Rows database =
              result == null ? null : lens.open(cache(), recipe.stored().key(), result);
          if (database == null) {
            return Comparison.unknown(Reason.UNSUPPORTED);
          }
          Comparison compared = compare((List<?>) sighting.value(), database.rows());
          return compared instanceof Comparison.Different && mayVary(database.rows(), session)
              ? Comparison.unknown(Reason.INDEFINITE)
              : compared;
        });
  }

  private boolean mayVary(List<?> rows, SessionImplementor session) {
    return !recipe.limit().isEmpty()
        || Definite.mayVary(recipe.sql(), session)
        || (Definite.adds(recipe.sql()) && Values.holdFloats(canonicalRows(rows)));
  }

  private static List<@Nullable Object> canonicalRows(List<?> rows) {
    List<@Nullable Object> canonical = new ArrayList<>();
    for (Object row : rows) {
      if (!(row instanceof CachedJdbcValuesMetadata)) {
        canonical.add(Values.canonical(row));
      }
    }
    return canonical;
  }

  private static Comparison compare(List<?> cachedRows, List<?> databaseRows) {
    List<@Nullable Object> cached = canonicalRows(cachedRows);
    List<@Nullable Object> database = canonicalRows(databaseRows);
    List<@Nullable Object> gone = Values.without(cached, database);
    List<@Nullable Object> missing = Values.without(database, cached);
    if (gone.isEmpty() && missing.isEmpty()) {
      return Comparison.SAME;
    }
    if (!Values.isComparable(gone) || !Values.isComparable(missing)) {
      return Comparison.unknown(Reason.INCOMPARABLE);
    }
    List<Difference> differences = new ArrayList<>();
    if (cached.size() != database.size()) {
      differences.add(
          new Difference(
              "count", "", String.valueOf(cached.size()), String.valueOf(database.size())));
    }
    List<String> columns = columns(databaseRows.isEmpty() ? cachedRows : databaseRows);
    for (int i = 0; i < Math.max(gone.size(), missing.size()); i++) {
      addRow(
          differences,
          columns,
          i < gone.size() ? gone.get(i) : null,
          i < missing.size() ? missing.get(i) : null);
    }
    return new Comparison.Different(differences, Optional.empty());
  }

  /** Two rows of as many columns are compared column by column, others as a whole. */
  private static void addRow(
      List<Difference> differences,
      List<String> columns,
      @Nullable Object cached,
      @Nullable Object database) {
    if (differences.size() >= MOST_DIFFERENCES) {
      return;
    }
    if (cached instanceof List<?> one
        && database instanceof List<?> other
        && one.size() == other.size()) {
      for (int i = 0; i < one.size(); i++) {
        if (!Objects.equals(one.get(i), other.get(i))) {
          String column = columns.size() == one.size() ? columns.get(i) : String.valueOf(i + 1);
          differences.add(
              new Difference("row", column, Values.text(one.get(i)), Values.text(other.get(i))));
        }
      }
    } else {
      String column = columns.size() == 1 ? columns.get(0) : "";
      differences.add(new Difference("row", column, Values.text(cached), Values.text(database)));
    }
  }

  /** The names of the result's columns, if each of them is cached. */
  private static List<String> columns(List<?> rows) {
    if (rows.isEmpty() || !(rows.get(0) instanceof CachedJdbcValuesMetadata metadata)) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try {
      for (int i = 1; i <= metadata.getColumnCount(); i++) {
        names.add(metadata.resolveColumnName(i));
      }
    } catch (CachedJdbcValuesMetadata.CacheMetadataIncompleteException e) {
      return List.of();
    }
    return names;
  }
}
