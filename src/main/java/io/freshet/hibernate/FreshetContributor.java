package io.freshet.hibernate;

import io.freshet.FreshetSettings;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.cache.QuerySpaceTimestampsFactory;
import java.util.Locale;
import java.util.Map;
import org.hibernate.boot.registry.StandardServiceInitiator;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.boot.registry.selector.spi.StrategySelector;
import org.hibernate.cache.jcache.internal.JCacheRegionFactory;
import org.hibernate.cfg.CacheSettings;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.engine.jdbc.connections.internal.ConnectionProviderInitiator;
import org.hibernate.engine.jdbc.connections.internal.MultiTenantConnectionProviderInitiator;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.engine.jdbc.spi.JdbcServices;
import org.hibernate.resource.jdbc.spi.StatementInspector;
import org.hibernate.service.spi.ServiceContributor;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Found by Hibernate through {@code META-INF/services}: checks the settings and puts Freshet's
 * services in place, before anything is built.
 *
 * <p>Freshet becomes the region factory where none is configured and the second-level cache is not
 * switched off. A region factory that the user configured stays, and then Freshet does nothing,
 * unless it is Freshet's. With {@code freshet.enabled=false} nothing is put in place, and Freshet's
 * own region factory, if it is configured by name, gives way to the one that it extends. Stateless.
 */
public final class FreshetContributor implements ServiceContributor {

  /** For {@link java.util.ServiceLoader}. */
  public FreshetContributor() {}

  /**
   * @throws io.freshet.FreshetConfigurationException for a wrong {@code freshet.*} setting
   */
  @Override
  public void contribute(StandardServiceRegistryBuilder builder) {
    Map<String, Object> settings = builder.getSettings();
    FreshetSettings freshet = FreshetSettings.from(settings);
    Object regionFactory = settings.get(CacheSettings.CACHE_REGION_FACTORY);
    if (!freshet.enabled()) {
      if (isFreshets(regionFactory)) {
        // without the services below Freshet's region factory would not see what is written
        builder.applySetting(CacheSettings.CACHE_REGION_FACTORY, JCacheRegionFactory.class);
      }
      return;
    }
    if (regionFactory == null && !isCacheSwitchedOff(settings)) {
      builder.applySetting(CacheSettings.CACHE_REGION_FACTORY, FreshetRegionFactory.class);
    } else if (!isFreshets(regionFactory)) {
      return;
    }
    if (settings.get(CacheSettings.QUERY_CACHE_FACTORY) == null) {
      builder.applySetting(CacheSettings.QUERY_CACHE_FACTORY, new QuerySpaceTimestampsFactory());
    }
    builder.applySetting(
        JdbcSettings.STATEMENT_INSPECTOR,
        new OwnSql(inspector(settings.get(JdbcSettings.STATEMENT_INSPECTOR), builder)));
    builder.addInitiator(new JdbcServicesInitiator());
    builder.addInitiator(new ObservingInitiator());
    builder.addInitiator(new ObservingMultiTenantInitiator());
  }

  /** Hibernate's own rule: no entities, and no queries either. */
  private static boolean isCacheSwitchedOff(Map<String, Object> settings) {
    return isSetTo(settings, CacheSettings.USE_SECOND_LEVEL_CACHE, false)
        && !isSetTo(settings, CacheSettings.USE_QUERY_CACHE, true);
  }

  private static boolean isSetTo(Map<String, Object> settings, String name, boolean value) {
    Object setting = settings.get(name);
    return setting != null
        && setting.toString().strip().toLowerCase(Locale.ROOT).equals(String.valueOf(value));
  }

  private static boolean isFreshets(@Nullable Object regionFactory) {
    if (regionFactory instanceof Class<?> type) {
      return FreshetRegionFactory.class.isAssignableFrom(type);
    }
    if (regionFactory instanceof String name) {
      try {
        return FreshetRegionFactory.class.isAssignableFrom(
            Class.forName(name, false, FreshetContributor.class.getClassLoader()));
      } catch (ClassNotFoundException e) {
        return false; // a short name, or a class of the application's: not this one
      }
    }
    return regionFactory instanceof FreshetRegionFactory;
  }

  /** The inspector that the application configured, however it named it. */
  private static @Nullable StatementInspector inspector(
      @Nullable Object setting, StandardServiceRegistryBuilder builder) {
    if (setting == null) {
      return null;
    }
    return builder
        .getBootstrapServiceRegistry()
        .requireService(StrategySelector.class)
        .resolveStrategy(StatementInspector.class, setting);
  }

  private static final class JdbcServicesInitiator
      implements StandardServiceInitiator<JdbcServices> {

    @Override
    public Class<JdbcServices> getServiceInitiated() {
      return JdbcServices.class;
    }

    @Override
    public JdbcServices initiateService(
        Map<String, Object> settings, ServiceRegistryImplementor registry) {
      return new StatementInterception();
    }
  }

  private static final class ObservingInitiator
      implements StandardServiceInitiator<ConnectionProvider> {

    @Override
    public Class<ConnectionProvider> getServiceInitiated() {
      return ConnectionProvider.class;
    }

    @Override
    public @Nullable ConnectionProvider initiateService(
        Map<String, Object> settings, ServiceRegistryImplementor registry) {
      ConnectionProvider provider =
          ConnectionProviderInitiator.INSTANCE.initiateService(settings, registry);
      return provider == null ? null : new ObservingConnectionProvider(provider);
    }
  }

  private static final class ObservingMultiTenantInitiator
      implements StandardServiceInitiator<MultiTenantConnectionProvider<?>> {

    @Override
    public Class<MultiTenantConnectionProvider<?>> getServiceInitiated() {
      return MultiTenantConnectionProviderInitiator.INSTANCE.getServiceInitiated();
    }

    @Override
    public @Nullable MultiTenantConnectionProvider<?> initiateService(
        Map<String, Object> settings, ServiceRegistryImplementor registry) {
      MultiTenantConnectionProvider<?> provider =
          MultiTenantConnectionProviderInitiator.INSTANCE.initiateService(settings, registry);
      return provider == null ? null : new ObservingMultiTenantConnectionProvider<>(provider);
    }
  }
}
