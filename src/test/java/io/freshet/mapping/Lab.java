package io.freshet.mapping;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableName;
import io.freshet.testing.TestDatabase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.boot.Metadata;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cache.spi.access.CachedDomainDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;

/** A session factory with caches over a database of its own. */
final class Lab implements AutoCloseable {

  private static final AtomicInteger COUNTER = new AtomicInteger();

  final TestDatabase database = TestDatabase.create();
  final Metadata metadata;
  final SessionFactoryImplementor factory;
  private final StandardServiceRegistry registry;
  private TableMap map;

  private Lab(Map<String, Object> settings, List<Class<?>> classes, String... before) {
    database.execute(before);
    StandardServiceRegistryBuilder builder =
        new StandardServiceRegistryBuilder()
            .applySetting("hibernate.connection.url", database.url())
            .applySetting("hibernate.hbm2ddl.auto", "create")
            .applySetting("hibernate.cache.use_second_level_cache", "true")
            .applySetting("hibernate.cache.use_query_cache", "true")
            .applySetting("hibernate.cache.region.factory_class", "jcache")
            .applySetting("hibernate.cache.region_prefix", "lab" + COUNTER.incrementAndGet())
            .applySetting(
                "hibernate.javax.cache.provider", "org.ehcache.jsr107.EhcacheCachingProvider")
            .applySetting("hibernate.javax.cache.missing_cache_strategy", "create");
    settings.forEach(builder::applySetting);
    registry = builder.build();
    MetadataSources sources = new MetadataSources(registry);
    classes.forEach(sources::addAnnotatedClass);
    metadata = sources.buildMetadata();
    factory = (SessionFactoryImplementor) metadata.buildSessionFactory();
    map = TableMap.of(factory);
  }

  static Lab of(Class<?>... classes) {
    return new Lab(Map.of(), List.of(classes));
  }

  static Lab of(Map<String, Object> settings, List<Class<?>> classes, String... before) {
    return new Lab(settings, classes, before);
  }

  TableMap map() {
    return map;
  }

  void map(TableMap other) {
    map = other;
  }

  void write(Consumer<Session> work) {
    factory.inTransaction(session -> work.accept(session));
  }

  <T> T read(Function<Session, T> work) {
    return factory.fromTransaction(work);
  }

  /** Another writer changes the database; what the change touches is evicted, and nothing else. */
  Footprint change(String sql, Change... changes) {
    database.execute(sql);
    Footprint footprint = Footprint.NOTHING;
    for (Change change : changes) {
      footprint = footprint.plus(map.footprint(change, null));
    }
    evict(footprint);
    return footprint;
  }

  void evict(Footprint footprint) {
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> {
              evict(persister.getCacheAccessStrategy(), footprint);
              evict(persister.getNaturalIdCacheAccessStrategy(), footprint);
            });
    factory
        .getMappingMetamodel()
        .forEachCollectionDescriptor(
            persister -> evict(persister.getCacheAccessStrategy(), footprint));
  }

  private static void evict(CachedDomainDataAccess access, Footprint footprint) {
    if (access == null) {
      return;
    }
    RegionFootprint region = footprint.regions().get(access.getRegion().getName());
    if (footprint.everything() || (region != null && region.whole())) {
      access.evictAll();
    } else if (region != null) {
      region.keys().forEach(access::evict);
    }
  }

  boolean cached(Class<?> type, Object id) {
    return factory.getCache().containsEntity(type, id);
  }

  boolean cachedCollection(Class<?> owner, String attribute, Object key) {
    return factory.getCache().containsCollection(owner.getName() + "." + attribute, key);
  }

  EntityPersister entity(Class<?> type) {
    return factory.getMappingMetamodel().getEntityDescriptor(type);
  }

  CollectionPersister collection(Class<?> owner, String attribute) {
    return factory.getMappingMetamodel().getCollectionDescriptor(owner.getName() + "." + attribute);
  }

  /** Alternating names and values. */
  static RowValues row(Object... namesAndValues) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return new RowValues(values);
  }

  static RowChange inserted(String table, Object... namesAndValues) {
    return new RowChange(
        TableName.parse(table),
        Operation.INSERT,
        RowValues.UNKNOWN,
        row(namesAndValues),
        ColumnSet.ALL);
  }

  static RowChange deleted(String table, Object... namesAndValues) {
    return new RowChange(
        TableName.parse(table),
        Operation.DELETE,
        row(namesAndValues),
        RowValues.UNKNOWN,
        ColumnSet.ALL);
  }

  static RowChange updated(String table, List<String> changed, RowValues before, RowValues after) {
    return new RowChange(
        TableName.parse(table), Operation.UPDATE, before, after, ColumnSet.of(changed));
  }

  @Override
  public void close() {
    factory.close();
    StandardServiceRegistryBuilder.destroy(registry);
    database.close();
  }
}
