package io.freshet.hibernate;

import io.freshet.AuditReport;
import io.freshet.EvictionCause;
import io.freshet.FeedSettings;
import io.freshet.Freshet;
import io.freshet.FreshetSettings;
import io.freshet.FreshetStatus;
import io.freshet.FreshetStatus.RegionStatus;
import io.freshet.Message;
import io.freshet.audit.Auditor;
import io.freshet.audit.Recipes;
import io.freshet.cache.CachingClock;
import io.freshet.cache.FreshetRegion;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.cache.Gate;
import io.freshet.cache.QuerySpaceTimestamps;
import io.freshet.cache.SessionContext;
import io.freshet.cache.SessionContexts;
import io.freshet.change.Change;
import io.freshet.change.ChangeSet;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import io.freshet.mapping.CacheNames;
import io.freshet.mapping.ExactColumns;
import io.freshet.mapping.Footprint;
import io.freshet.mapping.TableMap;
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
import java.util.function.Supplier;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
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

  /** Why everything goes when somebody has asked for it on another node. */
  static final String EVICT_ALL = "evictAllEverywhere";

  private static final int MOST_REASONS = 1_000;
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final SessionFactoryImplementor factory;
  private final FreshetRegionFactory regionFactory;
  private final DatabaseEffects effects;
  private final Statements statements;
  private final Set<String> reasons = ConcurrentHashMap.newKeySet();
  private final boolean jta;
  private final JtaTransactions jtaTransactions;
  private final Everywhere everywhere = new Everywhere(this);
  private volatile ExactColumns exactColumns = (table, column) -> false;
  private volatile @Nullable TableMap tables;
  private volatile Set<String> querySpaces = Set.of();
  private volatile Set<String> naturalIdRegions = Set.of();
  private volatile Set<String> entityRegions = Set.of();
  private volatile Tenants tenants = new Tenants(false, CachingClock.system());
  private volatile @Nullable FeedLink feed;
  private volatile @Nullable Publisher publisher;
  private final Auditor auditor;

  Node(
      SessionFactoryImplementor factory,
      FreshetRegionFactory regionFactory,
      DatabaseEffects effects) {
    this.factory = factory;
    this.regionFactory = regionFactory;
    this.effects = effects;
    this.statements = new Statements(this, effects);
    this.auditor = new Auditor(factory, regionFactory, new FeedProof(this));
    this.jta =
        factory.getServiceRegistry().requireService(TransactionCoordinatorBuilder.class).isJta();
    this.jtaTransactions = new JtaTransactions(factory);
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
    nameRegions();
  }

  private void nameRegions() {
    Set<String> naturalIds = new HashSet<>();
    Set<String> entities = new HashSet<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> {
              if (persister.getNaturalIdCacheAccessStrategy() != null) {
                naturalIds.add(persister.getNaturalIdCacheAccessStrategy().getRegion().getName());
              }
              if (persister.getCacheAccessStrategy() != null) {
                entities.add(persister.getCacheAccessStrategy().getRegion().getName());
              }
            });
    naturalIdRegions = Set.copyOf(naturalIds);
    entityRegions = Set.copyOf(entities);
  }

  /**
   * Has changes from outside told, from now on.
   *
   * @param newFeed closed together with this node
   */
  void attach(FeedLink newFeed) {
    tenants = new Tenants(TableMap.hasTenants(factory), regionFactory.clock());
    feed = newFeed;
  }

  /**
   * Has others told of what is committed here, from now on.
   *
   * @param newPublisher closed together with this node
   */
  void attach(Publisher newPublisher) {
    publisher = newPublisher;
  }

  /** Who tells others of what is committed here; null if nobody does. */
  @Nullable Publisher publisher() {
    return publisher;
  }

  /** What is cached is compared with the database from now on, if that is set. */
  void beginAudit() {
    auditor.start();
  }

  /** Where queries are noted whose results are cached. */
  Recipes recipes() {
    return auditor.recipes();
  }

  /** The session factory is closing. */
  void close() {
    auditor.close();
    FeedLink attached = feed;
    if (attached != null) {
      attached.close();
    }
    Publisher attachedPublisher = publisher;
    if (attachedPublisher != null) {
      attachedPublisher.close();
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

  /** The mapping; null while the session factory is not complete. */
  @Nullable TableMap mapped() {
    return tables;
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

  JtaTransactions jtaTransactions() {
    return jtaTransactions;
  }

  /** What statements write, by their text. */
  Statements statements() {
    return statements;
  }

  /** The schema has changed. */
  void forgetSchema() {
    statements.forgetSchema();
  }

  /** The changes with everything that the database does about them. */
  List<Change> widen(List<Change> changes, JournalContext context) {
    return effects.widen(changes, context.connections());
  }

  /**
   * What rows written by a flush touch, with everything that the database does about them.
   *
   * @param entity for the log
   * @param changed the rows, with the columns that differ
   * @param assigned the same rows, with the columns that the SQL assigned: triggers go by that
   */
  Write writeOfRows(
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
          return new Write(footprintOf(all, context.tenant()), told(() -> all));
        });
  }

  /** What an entity's event tells of; a failure to tell is no reason to fail the flush. */
  Write orEverything(String entity, Supplier<Write> write) {
    try {
      return write.get();
    } catch (RuntimeException e) {
      return everything(entity, e);
    }
  }

  /** A write that could not be traced to rows. */
  Write everything(String what, RuntimeException cause) {
    Message.EVENT_NOT_UNDERSTOOD.warn(LOG, what, cause);
    return everything("a write of " + what + " could not be traced");
  }

  /** The changes, if there is anybody to be told of them. */
  List<Change> told(Supplier<List<Change>> changes) {
    return publisher == null ? List.of() : changes.get();
  }

  /** A write of which nothing is known. */
  Write everything(String reason) {
    return new Write(Footprint.EVERYTHING, told(() -> List.of(new UnknownChange(reason))));
  }

  /** Whether a row of the table is as Hibernate wrote it. */
  boolean storesAsWritten(TableName table, Supplier<Connection> connection) {
    try {
      return effects.storesAsWritten(table, connection);
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** In which columns equal values have equal texts, as the database says. */
  ExactColumns exactColumns() {
    return exactColumns;
  }

  /** A write that cannot be understood. */
  Write unknown(String reason) {
    warnUnknown(reason);
    return everything(reason);
  }

  private Footprint warnUnknown(String reason) {
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
              ? warnUnknown(unknown.reason())
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
      if (!unknown.reason().equals(EVICT_ALL)) {
        Message.FEED_UNKNOWN.warn(LOG, unknown.reason());
      }
      return Footprint.EVERYTHING;
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

  /**
   * The regions of these names, those of natural ids last; one that natural ids share with entities
   * comes twice, so that it is evicted once more when no entity is left.
   */
  List<FreshetRegion> inOrderOfEviction(Collection<String> names) {
    List<FreshetRegion> ordered = new ArrayList<>();
    List<FreshetRegion> last = new ArrayList<>();
    for (String name : names) {
      FreshetRegion region = region(name);
      if (region == null) {
        continue;
      }
      boolean resolves = naturalIdRegions.contains(name);
      if (resolves) {
        last.add(region);
      }
      if (!resolves || entityRegions.contains(name)) {
        ordered.add(region);
      }
    }
    ordered.addAll(last);
    return ordered;
  }

  /** Nothing is cached any more that was read from the database before now. */
  void refuseEarlierReads() {
    timestamps().ifPresent(QuerySpaceTimestamps::bumpAll);
    regions().forEach(FreshetRegion::refuseEarlierReads);
  }

  /** What is left when something went wrong on the way. */
  void clearEverything(EvictionCause cause) {
    timestamps().ifPresent(QuerySpaceTimestamps::bumpAll);
    List<String> names = regions().stream().map(FreshetRegion::getName).toList();
    inOrderOfEviction(names).forEach(region -> region.invalidateAll(cause));
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

  @Override
  public void evictEverywhere(Class<?> entity, Object id) {
    EntityFootprint evicted = new EntityFootprint(this);
    List<Change> rows = evicted.rows(entity, id);
    carryOut(evicted.of(entity, id));
    everywhere.tell(new ChangeSet(rows));
  }

  @Override
  public void evictTableEverywhere(String table) {
    TableChange all = TableChange.anything(CacheNames.table(tables(), table));
    carryOut(tables().footprint(all, null));
    everywhere.tell(new ChangeSet(List.of(all)));
  }

  @Override
  public void evictAllEverywhere() {
    evictAll();
    everywhere.tell(new ChangeSet(List.of(new UnknownChange(EVICT_ALL))));
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
  public AuditReport audit() {
    return auditor.audit();
  }

  @Override
  public FreshetStatus status() {
    return new FreshetStatus(
        settings().inForce(),
        regions().stream()
            .map(FreshetRegion::status)
            .sorted(Comparator.comparing(RegionStatus::region))
            .toList(),
        Optional.ofNullable(feed).map(FeedLink::status),
        auditor.totals());
  }
}
