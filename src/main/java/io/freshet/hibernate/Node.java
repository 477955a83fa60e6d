package io.freshet.hibernate;

import io.freshet.EvictionCause;
import io.freshet.FeedSettings;
import io.freshet.Freshet;
import io.freshet.FreshetSettings;
import io.freshet.FreshetStatus;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.Message;
import io.freshet.cache.CachingClock;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.cache.Gate;
import io.freshet.cache.QuerySpaceTimestamps;
import io.freshet.cache.SessionContext;
import io.freshet.cache.SessionContexts;
import io.freshet.change.Change;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.mapping.CacheNames;
import io.freshet.mapping.ExactColumns;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.TableMap;
import io.freshet.sql.StatementAnalyzer;
import io.freshet.sql.StatementEffect;
import jakarta.transaction.Synchronization;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.engine.transaction.jta.platform.spi.JtaPlatform;
import org.hibernate.resource.transaction.spi.TransactionCoordinatorBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session factory with its regions: knows what a write touches, and carries it out.
 * Thread-safe.
 *
 * <p>No method throws on the way of a write: what cannot be understood counts as a write of
 * everything.
 */
final class Node implements Freshet {

  private static final int MOST_CALLS = 10_000;
  private static final int MOST_REASONS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final SessionFactoryImplementor factory;
  private final FreshetRegionFactory regionFactory;
  private final DatabaseEffects effects;
  private final StatementAnalyzer analyzer =
      new StatementAnalyzer(StatementAnalyzer.DEFAULT_MAX_CACHED_STATEMENTS);
  private final Map<Calls, List<Change>> calls = new ConcurrentHashMap<>();
  private final Set<String> reasons = ConcurrentHashMap.newKeySet();
  private final Map<String, Footprint> spaces = new ConcurrentHashMap<>();
  private final AtomicLong schemaGeneration = new AtomicLong();
  private final boolean jta;
  private volatile ExactColumns exactColumns = (table, column) -> false;
  private volatile @Nullable TableMap tables;
  private volatile Set<String> querySpaces = Set.of();
  private volatile Tenants tenants = new Tenants(false, CachingClock.system());
  private volatile @Nullable FeedLink feed;

  Node(
      SessionFactoryImplementor factory,
      FreshetRegionFactory regionFactory,
      DatabaseEffects effects) {
    this.factory = factory;
    this.regionFactory = regionFactory;
    this.effects = effects;
    this.jta =
        factory.getServiceRegistry().requireService(TransactionCoordinatorBuilder.class).isJta();
  }

  /** The session factory is complete: its mapping can be read. */
  void start() {
    exactColumns = TextColumns.read(factory);
    tables = TableMap.of(factory, exactColumns);
    Set<String> all = new HashSet<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> all.addAll(List.of((String[]) persister.getQuerySpaces())));
    factory
        .getMappingMetamodel()
        .forEachCollectionDescriptor(
            persister -> all.addAll(List.of(persister.getCollectionSpaces())));
    querySpaces = Set.copyOf(all);
  }

  /** Functions that a statement calls; the schema's generation ages what is known of them. */
  private record Calls(Set<String> functions, long schema) {}

  /**
   * Has changes from outside told, from now on.
   *
   * @param newFeed closed together with this node
   */
  void attach(FeedLink newFeed) {
    tenants = new Tenants(TableMap.hasTenants(factory), regionFactory.clock());
    feed = newFeed;
  }

  /** The session factory is closing. */
  void close() {
    FeedLink attached = feed;
    if (attached != null) {
      attached.close();
    }
  }

  /** What makes session contexts that know their node. */
  record Contexts(Node node) implements SessionContexts {

    @Override
    public SessionContext create(SharedSessionContractImplementor session) {
      return new JournalContext(node, session, node.regionFactory.clock());
    }
  }

  SessionFactoryImplementor sessionFactory() {
    return factory;
  }

  FreshetSettings settings() {
    return regionFactory.settings();
  }

  Collection<FreshetRegion> regions() {
    return regionFactory.regions();
  }

  @Nullable FreshetRegion region(String name) {
    return regionFactory.region(name);
  }

  /** What all regions are behind. */
  Gate gate() {
    return regionFactory.gate();
  }

  /** Where changes from outside come from; null without a feed. */
  @Nullable FeedLink feed() {
    return feed;
  }

  /** Whose entries the cache may hold. */
  Tenants tenants() {
    return tenants;
  }

  /** The mapping; the session factory must be complete. */
  TableMap tables() {
    return Objects.requireNonNull(tables, "the session factory is not complete");
  }

  Collection<String> allQuerySpaces() {
    return querySpaces;
  }

  /** The timestamps of cached queries; empty without a query cache, or with another's. */
  Optional<QuerySpaceTimestamps> timestamps() {
    return factory.getCache().getTimestampsCache() instanceof QuerySpaceTimestamps timestamps
        ? Optional.of(timestamps)
        : Optional.empty();
  }

  boolean isJta() {
    return jta;
  }

  /** Has the journal end with the running JTA transaction; false if there is none. */
  boolean endWithJta(Synchronization journal) {
    JtaPlatform platform = factory.getServiceRegistry().requireService(JtaPlatform.class);
    if (!platform.canRegisterSynchronization()) {
      return false;
    }
    platform.registerSynchronization(journal);
    return true;
  }

  /** Whether a statement may change what is known of tables, triggers and functions. */
  boolean definesSchema(String sql) {
    try {
      return analyzer.analyze(sql).definesSchema();
    } catch (RuntimeException e) {
      return true;
    }
  }

  /** The schema has changed. */
  void forgetSchema() {
    // in this order: an answer by the old schema must not count for the new generation
    effects.refresh();
    schemaGeneration.incrementAndGet();
    calls.clear();
  }

  /** Changes whenever the schema may have. */
  long schemaGeneration() {
    return schemaGeneration.get();
  }

  /** The changes with everything that the database does about them. */
  List<Change> widen(List<Change> changes, JournalContext context) {
    return effects.widen(changes, context.connections());
  }

  /** Whether a statement surely writes nothing, as far as its text tells. */
  boolean isPureRead(String sql) {
    try {
      StatementEffect effect = analyzer.analyze(sql);
      return !effect.writes() && effect.functions().isEmpty();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /**
   * What a statement touches.
   *
   * @param parameters by position
   * @param connection for reading the catalog, the first time
   * @param tenant whose rows it can reach; null where that is not known
   */
  Footprint footprintOf(
      String sql, List<?> parameters, Supplier<Connection> connection, @Nullable String tenant) {
    try {
      StatementEffect effect = analyzer.analyze(sql);
      List<Change> changes = new ArrayList<>(callsOf(effect, connection));
      if (effect.writes()) {
        changes.addAll(effects.widen(effect.changes(parameters, settings().maxKeys()), connection));
      }
      return footprintOf(changes, tenant);
    } catch (RuntimeException e) {
      Message.STATEMENT_ANALYSIS_FAILED.warn(LOG, e);
      return Footprint.EVERYTHING;
    }
  }

  /**
   * The query spaces of the tables that one of Hibernate's own statements writes. Its events tell
   * of rows, but not of all: a version that is incremented by force has none.
   */
  Footprint spacesOf(String sql) {
    Footprint known = spaces.get(sql);
    if (known == null) {
      TableMap map = tables;
      if (map == null) {
        return Footprint.NOTHING;
      }
      Set<String> written = new HashSet<>();
      for (Change change : analyzer.analyze(sql).changes()) {
        written.addAll(map.footprint(change, null).querySpaces());
      }
      known = new Footprint(Map.of(), written, false);
      if (spaces.size() < MOST_CALLS) {
        spaces.put(sql, known);
      }
    }
    return known;
  }

  /**
   * What the functions do that a statement calls; asked once for each combination of them, but for
   * what is unknown: the catalog may be readable next time.
   */
  private List<Change> callsOf(StatementEffect effect, Supplier<Connection> connection) {
    if (effect.functions().isEmpty()) {
      return List.of();
    }
    Calls asked = new Calls(effect.functions(), schemaGeneration());
    List<Change> known = calls.get(asked);
    if (known == null) {
      known = effects.ofCalls(effect.functions(), connection);
      boolean lasting = known.stream().noneMatch(UnknownChange.class::isInstance);
      if (lasting && calls.size() < MOST_CALLS) {
        calls.put(asked, known);
      }
    }
    return known;
  }

  /**
   * What rows written by a flush touch, with everything that the database does about them.
   *
   * @param entity for the log
   * @param changed the rows, with the columns that differ
   * @param assigned the same rows, with the columns that the SQL assigned: triggers go by that
   */
  Footprint footprintOfRows(
      String entity,
      Supplier<List<Change>> changed,
      Supplier<List<Change>> assigned,
      JournalContext context) {
    return orEverything(
        entity,
        () -> {
          List<Change> seen = assigned.get();
          List<Change> all = new ArrayList<>(widen(seen, context));
          if (changed != assigned) {
            all.removeAll(seen);
            all.addAll(changed.get());
          }
          return footprintOf(all, context.tenant());
        });
  }

  /** The footprint of an entity's event; a failure to tell is no reason to fail the flush. */
  Footprint orEverything(String entity, Supplier<Footprint> footprint) {
    try {
      return footprint.get();
    } catch (RuntimeException e) {
      Message.EVENT_NOT_UNDERSTOOD.warn(LOG, entity, e);
      return Footprint.EVERYTHING;
    }
  }

  /** Whether a row of the table is as Hibernate wrote it. */
  boolean storesAsWritten(String table, Supplier<Connection> connection) {
    try {
      return effects.storesAsWritten(TableName.parse(table), connection);
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** In which columns equal values have equal texts, as the database says. */
  ExactColumns exactColumns() {
    return exactColumns;
  }

  /** For what cannot be understood. */
  Footprint unknown(String reason) {
    // once for each reason: a procedure that is called all the time is no news
    if (reasons.size() < MOST_REASONS && reasons.add(reason)) {
      Message.STATEMENT_UNKNOWN.warn(LOG, reason);
    }
    return Footprint.EVERYTHING;
  }

  /** What these changes touch, and nothing else. */
  Footprint footprintOf(List<Change> changes, @Nullable String tenant) {
    TableMap map = tables;
    if (map == null) {
      return changes.isEmpty() ? Footprint.NOTHING : Footprint.EVERYTHING;
    }
    FootprintSum sum = new FootprintSum();
    for (Change change : changes) {
      sum.add(
          change instanceof UnknownChange unknown
              ? unknown(unknown.reason())
              : map.footprint(change, tenant));
    }
    return sum.toFootprint();
  }

  /**
   * What a change touches whose tenant is not known.
   *
   * @param map the mapping to go by
   */
  Footprint footprintOf(TableMap map, Change change) {
    if (change instanceof UnknownChange unknown) {
      return unknown(unknown.reason());
    }
    if (!tenants.areMany() || !tenants.areCountable()) {
      return map.footprint(change, null);
    }
    // with no tenant yet there are no entries, but queries
    Footprint all = new Footprint(Map.of(), map.footprint(change, null).querySpaces(), false);
    for (String tenant : tenants.all()) {
      all = all.plus(map.footprint(change, tenant));
    }
    return all;
  }

  /** What is left when something went wrong on the way. */
  void clearEverything(EvictionCause cause) {
    timestamps().ifPresent(QuerySpaceTimestamps::bumpAll);
    regions().forEach(region -> region.invalidateAll(cause));
  }

  @Override
  public void evict(Class<?> entity, Object id) {
    carryOut(new EntityFootprint(this).of(entity, id));
  }

  @Override
  public void evictTable(String table) {
    TableMap map = tables();
    carryOut(map.footprint(TableChange.anything(CacheNames.table(map, table)), null));
  }

  @Override
  public void evictAll() {
    carryOut(Footprint.EVERYTHING);
    factory.getCache().evictQueryRegions();
  }

  private void carryOut(Footprint footprint) {
    Invalidation.prepare(this, footprint, EvictionCause.REQUEST).carryOut();
  }

  @Override
  public void barrier(Duration timeout) throws TimeoutException, InterruptedException {
    FeedLink attached = feed;
    if (attached == null) {
      throw new IllegalStateException(
          "There is no feed that could tell when other writers' commits have been applied: %s=%s"
              .formatted(FeedSettings.FEED, settings().feed().kind().setting()));
    }
    attached.barrier(timeout);
  }

  @Override
  public FreshetStatus status() {
    return new FreshetStatus(
        settings().inForce(),
        regions().stream()
            .map(FreshetRegion::status)
            .sorted(Comparator.comparing(RegionStatus::region))
            .toList(),
        Optional.ofNullable(feed).map(FeedLink::status));
  }
}
