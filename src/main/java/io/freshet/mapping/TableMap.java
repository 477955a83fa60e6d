package io.freshet.mapping;

import io.freshet.Names;
import io.freshet.change.Change;
import io.freshet.change.RowChange;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.TrackingPlan;
import io.freshet.change.UnknownChange;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.jspecify.annotations.Nullable;

/**
 * What of one session factory's caches depends on which rows of which tables. Built once, as soon
 * as the factory's runtime mapping model exists ({@code
 * SessionFactoryObserver.sessionFactoryCreated}). Immutable, thread-safe.
 *
 * <p>An answer is never smaller than the truth, as far as the mapping shows it. What the mapping
 * cannot show: tables that a SQL function reads inside a {@code @Formula} or a restriction, and
 * column types that the mapping states wrongly ({@link ExactColumns} can tell those).
 */
public final class TableMap {

  /** How many similar names an error lists. */
  static final int MOST_NEAR = 3;

  private final Index index;

  private TableMap(Index index) {
    this.index = index;
  }

  /** Reads the mapping, and trusts it about the types of key columns. */
  public static TableMap of(SessionFactoryImplementor factory) {
    return of(factory, ExactColumns.AS_MAPPED);
  }

  /**
   * Reads the mapping.
   *
   * @param exact what the database knows about the types of key columns
   */
  public static TableMap of(SessionFactoryImplementor factory, ExactColumns exact) {
    Index index = new Index(Model.imaginaryTables(factory));
    KeyReaders readers = new KeyReaders(factory, exact);
    new EntityDependencies(index, readers).addAll(factory);
    new CollectionDependencies(index, readers).addAll(factory);
    return new TableMap(index);
  }

  /** Whether cache keys hold tenants. */
  public static boolean hasTenants(SessionFactoryImplementor factory) {
    return Model.multiTenant(factory);
  }

  /**
   * What the change touches.
   *
   * @param change what happened to a table
   * @param tenant the tenant whose rows changed, as cache keys have it, or null where that is
   *     unknown: with multi-tenancy no key can be named then, and whole regions are answered.
   *     Ignored without multi-tenancy.
   */
  public Footprint footprint(Change change, @Nullable String tenant) {
    if (change instanceof RowChange row) {
      return footprint(row.table(), Touch.of(row), tenant);
    } else if (change instanceof TableChange table) {
      return footprint(table.table(), Touch.of(table), tenant);
    } else if (change instanceof UnknownChange) {
      return Footprint.EVERYTHING;
    }
    throw new IllegalStateException("unknown kind of change: " + change);
  }

  /** Whether a cached entity, collection or natural id depends on the table. */
  public boolean maps(TableName table) {
    return index.dependsOn(table);
  }

  /** Whether the mapping names the table at all, cached or not. */
  public boolean names(TableName table) {
    return index.names(table);
  }

  /** All tables that the mapping names, qualified where it qualifies them, sorted. */
  public Set<String> tableNames() {
    return new TreeSet<>(index.tableNames());
  }

  /** The mapped tables whose names come nearest to this one, at most three, nearest first. */
  public List<String> nearTableNames(String name) {
    return Names.nearest(name, tableNames(), MOST_NEAR);
  }

  /**
   * The same map for changes whose tables are named with their schemas: tables of one name in
   * several schemas are told apart.
   *
   * @param actual the tables of the database that a name of the mapping stands for
   */
  public TableMap qualified(Function<TableName, Set<TableName>> actual) {
    return new TableMap(index.qualified(actual));
  }

  /**
   * What a feed has to tell of, so that nothing cached is missed.
   *
   * @param queries whether query results are cached
   */
  public TrackingPlan trackingPlan(boolean queries) {
    return index.trackingPlan(queries);
  }

  private Footprint footprint(TableName table, Touch touch, @Nullable String tenant) {
    if (touch.isWithoutEffect()) {
      return Footprint.NOTHING;
    }
    FootprintBuilder out = new FootprintBuilder();
    index.forEachDependent(table, dependent -> dependent.touched(touch, tenant, out));
    index.spacesOf(table).forEach(out::querySpace);
    return out.build();
  }
}
