package io.freshet.cache;

import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetSettings;
import io.freshet.Message;
import io.freshet.Names;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.spi.CachingProvider;
import org.hibernate.boot.spi.SessionFactoryOptions;
import org.hibernate.cache.cfg.spi.DomainDataRegionBuildingContext;
import org.hibernate.cache.cfg.spi.DomainDataRegionConfig;
import org.hibernate.cache.internal.DefaultCacheKeysFactory;
import org.hibernate.cache.jcache.ConfigSettings;
import org.hibernate.cache.jcache.MissingCacheStrategy;
import org.hibernate.cache.jcache.internal.JCacheRegionFactory;
import org.hibernate.cache.spi.CacheKeysFactory;
import org.hibernate.cache.spi.CacheTransactionSynchronization;
import org.hibernate.cache.spi.DomainDataRegion;
import org.hibernate.cache.spi.QueryResultsRegion;
import org.hibernate.cache.spi.TimestampsRegion;
import org.hibernate.cache.spi.support.QueryResultsRegionTemplate;
import org.hibernate.cache.spi.support.StorageAccess;
import org.hibernate.cache.spi.support.TimestampsRegionTemplate;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The value of {@code hibernate.cache.region.factory_class}: a JCache region factory whose {@code
 * hibernate.javax.cache.*} settings keep their meaning, and whose regions never serve what a commit
 * has overtaken. Thread-safe once started.
 *
 * <p>Each session factory has a cache manager of its own, unless the user hands one over by {@code
 * hibernate.javax.cache.cache_manager}: two that know the same region names, or read the same
 * configuration file, share no entry, and closing one leaves the other alone. A manager that was
 * handed over is not closed; the caches that Freshet created in it are destroyed.
 *
 * <p>Hibernate swallows what goes wrong while a region factory starts, and leaves resources behind
 * when a query region cannot be built. So such failures are kept here and thrown by {@link
 * #attach}: early enough to fail the boot, and where Hibernate cleans up.
 */
public class FreshetRegionFactory extends JCacheRegionFactory {

  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(FreshetRegionFactory.class);
  private static final int NEAR_NAMES = 3;
  private final transient Map<String, FreshetRegion> regions = new ConcurrentHashMap<>();
  private final transient Map<String, QueryResultsStore> queryResults = new ConcurrentHashMap<>();
  private final transient Set<String> created = ConcurrentHashMap.newKeySet();
  private transient volatile Gate gate = new Gate(CachingClock.system()::now);
  private transient volatile FreshetSettings settings = FreshetSettings.from(Map.of());
  private transient volatile MissingCacheStrategy missingCacheStrategy =
      MissingCacheStrategy.CREATE;
  private transient volatile @Nullable SessionContexts contexts;
  private transient volatile @Nullable SessionFactoryImplementor served;
  private transient volatile @Nullable RuntimeException bootFailure;
  private transient volatile @Nullable CacheReservations reservations;
  private transient volatile boolean ownsManager;

  /** Held for as long as the manager is used: providers know it by a weak reference only. */
  @SuppressWarnings("UnusedVariable") // to be reachable is its use
  private transient volatile @Nullable ClassLoader managerLoader;

  /** For Hibernate. */
  public FreshetRegionFactory() {
    super(DefaultCacheKeysFactory.INSTANCE);
  }

  /**
   * Joins this region factory to its session factory, before the first session is opened.
   *
   * @param factory the one session factory to serve
   * @param newContexts what makes the contexts of its sessions
   * @throws FreshetConfigurationException if the cache could not be started, or serves another
   *     session factory
   */
  public void attach(SessionFactoryImplementor factory, SessionContexts newContexts) {
    RuntimeException failure = bootFailure;
    if (failure != null) {
      if (reservations != null) {
        bootFailure = null; // it was this session factory's: another that is served goes on
      }
      throw failure;
    }
    serve(factory);
    contexts = newContexts;
  }

  /** What was given to {@link #attach}. */
  public @Nullable SessionContexts sessionContexts() {
    return contexts;
  }

  /** The settings in force. */
  public FreshetSettings settings() {
    return settings;
  }

  /** The clock of all caching timestamps. */
  public CachingClock clock() {
    return CachingClock.system();
  }

  /** What all regions are behind. */
  public Gate gate() {
    return gate;
  }

  /** The regions of entities, collections and natural ids. */
  public Collection<FreshetRegion> regions() {
    return regions.values();
  }

  /** The region with this unqualified name, or null. */
  public @Nullable FreshetRegion region(String name) {
    return regions.get(name);
  }

  /** The store of a region of query results, by the name that the region has there; or null. */
  public @Nullable QueryResultsStore queryResults(String name) {
    return queryResults.get(name);
  }

  /** Warns of settings for single regions that do nothing, once all regions are built. */
  public void warnOfUnusedSettings() {
    for (String region : settings.regions().keySet()) {
      if (!created.contains(qualify(region))) {
        Message.REGION_SETTING_UNUSED.warn(
            LOG,
            "freshet.region." + region,
            regions.containsKey(region)
                ? "the cache is configured outside of Freshet"
                : "there is no such region, but "
                    + Names.nearest(region, regions.keySet(), NEAR_NAMES));
      }
    }
  }

  CacheKeysFactory keysFactory() {
    return getImplicitCacheKeysFactory();
  }

  @Override
  public long nextTimestamp() {
    return clock().now();
  }

  /** In the unit of {@link #nextTimestamp()}: nanoseconds. */
  @Override
  public long getTimeout() {
    return FreshetRegion.LOCK_NANOS;
  }

  @Override
  public CacheTransactionSynchronization createTransactionContext(
      SharedSessionContractImplementor session) {
    SessionContexts factory = contexts;
    if (factory == null) {
      throw new IllegalStateException(
          "Freshet's Integrator has not run for this session factory: its"
              + " META-INF/services/org.hibernate.integrator.spi.Integrator is missing from the"
              + " class path, or integrators were disabled");
    }
    return factory.create(session);
  }

  @Override
  public DomainDataRegion buildDomainDataRegion(
      DomainDataRegionConfig config, DomainDataRegionBuildingContext context) {
    FreshetRegion region =
        new FreshetRegion(
            config,
            this,
            getOrCreateCache(config.getRegionName(), context.getSessionFactory()),
            context);
    regions.put(region.getName(), region);
    return region;
  }

  @Override
  public QueryResultsRegion buildQueryResultsRegion(
      String region, SessionFactoryImplementor factory) {
    try {
      return super.buildQueryResultsRegion(region, factory);
    } catch (RuntimeException e) {
      if (factory == served && contexts != null) {
        throw e;
      }
      if (bootFailure == null) {
        bootFailure = e;
      }
      // never used: attach() comes before any query
      return new QueryResultsRegionTemplate(region, this, new TimestampsStore());
    }
  }

  @Override
  protected StorageAccess createQueryResultsRegionStorageAccess(
      String region, SessionFactoryImplementor factory) {
    String name =
        defaultRegionName(
            region,
            factory,
            DEFAULT_QUERY_RESULTS_REGION_UNQUALIFIED_NAME,
            LEGACY_QUERY_RESULTS_REGION_UNQUALIFIED_NAMES);
    QueryResultsStore store =
        new QueryResultsStore(name, getOrCreateCache(name, factory), clock(), gate);
    queryResults.put(name, store);
    return store;
  }

  @Override
  public TimestampsRegion buildTimestampsRegion(String region, SessionFactoryImplementor factory) {
    return new TimestampsRegionTemplate(region, this, new TimestampsStore());
  }

  /** Finds or creates the cache of a region, empty whatever it held before. */
  @Override
  protected Cache<Object, Object> getOrCreateCache(
      String region, SessionFactoryImplementor factory) {
    CacheReservations reserved = serve(factory);
    String name = qualify(region);
    boolean alreadyServing = !reserved.reserve(name); // a query region of the same name
    Cache<Object, Object> cache = RegionCaches.find(getCacheManager(), name);
    if (cache == null) {
      cache = createCache(name);
    }
    if (!alreadyServing) {
      // what a disk or an earlier session factory left there was true then
      cache.clear();
    }
    return cache;
  }

  @Override
  protected Cache<Object, Object> createCache(String name) {
    if (missingCacheStrategy == MissingCacheStrategy.FAIL) {
      throw new FreshetConfigurationException(
          "%s=fail, and there is no cache %s: define it in the provider's configuration (%s), or set %s=create"
              .formatted(
                  ConfigSettings.MISSING_CACHE_STRATEGY,
                  name,
                  ConfigSettings.CONFIG_URI,
                  ConfigSettings.MISSING_CACHE_STRATEGY));
    }
    if (missingCacheStrategy == MissingCacheStrategy.CREATE_WARN) {
      Message.REGION_MISSING.warn(
          LOG, name, ConfigSettings.MISSING_CACHE_STRATEGY, ConfigSettings.MISSING_CACHE_STRATEGY);
    }
    String prefix = getOptions().getCacheRegionPrefix();
    String region =
        prefix != null && name.startsWith(prefix + ".")
            ? name.substring(prefix.length() + 1)
            : name;
    CacheManager manager = getCacheManager();
    Cache<Object, Object> cache =
        manager.createCache(
            name, RegionCaches.configuration(region, settings.region(region), manager));
    created.add(name);
    return cache;
  }

  @Override
  protected void prepareForUse(SessionFactoryOptions options, Map<String, Object> configuration) {
    try {
      settings = FreshetSettings.from(configuration);
      missingCacheStrategy = CacheManagers.missingCacheStrategy(configuration);
      super.prepareForUse(options, CacheManagers.asText(configuration));
      reservations = new CacheReservations(getCacheManager());
      bootFailure = null;
    } catch (RuntimeException e) {
      bootFailure = CacheManagers.explain(e, configuration);
      throw bootFailure;
    }
  }

  @Override
  protected CacheManager resolveCacheManager(
      SessionFactoryOptions options, Map<String, Object> configuration) {
    ownsManager = !(configuration.get(ConfigSettings.CACHE_MANAGER) instanceof CacheManager);
    CacheManager manager = super.resolveCacheManager(options, configuration);
    if (manager.isClosed()) {
      throw new FreshetConfigurationException(
          "The CacheManager given by %s is closed".formatted(ConfigSettings.CACHE_MANAGER));
    }
    return manager;
  }

  /** Each session factory has a manager of its own; providers keep one for each class loader. */
  @Override
  protected ClassLoader getClassLoader(CachingProvider provider) {
    ClassLoader loader = new CacheManagers.OwnLoader(provider.getDefaultClassLoader());
    managerLoader = loader;
    return loader;
  }

  @Override
  protected CachingProvider getCachingProvider(Map<String, Object> configuration) {
    return configuration.get(ConfigSettings.PROVIDER) == null
        ? CacheManagers.provider()
        : super.getCachingProvider(configuration);
  }

  @Override
  protected void releaseFromUse() {
    CacheManager manager = getCacheManager();
    try {
      if (ownsManager) {
        super.releaseFromUse();
      } else if (!manager.isClosed()) {
        created.forEach(manager::destroyCache);
      }
    } finally {
      forget();
      reservations = null;
      managerLoader = null;
      created.clear();
      served = null;
    }
  }

  /**
   * The reservations of the session factory that this region factory serves.
   *
   * @throws FreshetConfigurationException if it serves another, or was not started
   */
  private synchronized CacheReservations serve(SessionFactoryImplementor factory) {
    CacheReservations current = reservations;
    if (current == null) {
      RuntimeException failure = bootFailure;
      throw failure != null
          ? failure
          : new IllegalStateException("The region factory was not started, or has been stopped");
    }
    SessionFactoryImplementor before = served;
    if (before != null && before != factory) {
      if (!before.isClosed()) {
        throw new FreshetConfigurationException(
            "A region factory serves one session factory, and this one serves %s already: give each its own StandardServiceRegistry, and name the region factory by its class, not by an instance"
                .formatted(before.getUuid()));
      }
      forget();
    }
    served = factory;
    return current;
  }

  /** Forgets the session factory that was served; the caches stay. */
  private void forget() {
    CacheReservations current = reservations;
    if (current != null) {
      current.giveBack();
    }
    regions.clear();
    queryResults.clear();
    contexts = null;
    gate = new Gate(CachingClock.system()::now);
  }
}
