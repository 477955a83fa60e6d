package io.freshet.load;

import jakarta.persistence.Cacheable;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.annotation.AnnotationDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import org.hibernate.SessionFactory;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.cfg.Configuration;

/** What a node of many small entities needs beside what hibernate-jcache needs: empty regions. */
final class NodeMemory {

  private static final int COLLECTIONS = 5;

  private final LoadServer server;
  private final LoadOptions options;

  NodeMemory(LoadServer server, LoadOptions options) {
    this.server = server;
    this.options = options;
  }

  /** Prints the table. */
  void run() throws Exception {
    List<Class<?>> entities = entities(options.regions());
    Map<String, Object> plain =
        Map.of(
            "freshet.enabled", "false",
            "hibernate.cache.region.factory_class", "jcache",
            "hibernate.javax.cache.provider", "org.ehcache.jsr107.EhcacheCachingProvider",
            "hibernate.javax.cache.missing_cache_strategy", "create");
    server.execute("create schema load_memory");
    Sample jcache = new Sample();
    Sample none = new Sample();
    Sample feed = new Sample();
    for (int round = 0; round <= options.rounds(); round++) {
      long withoutFreshet = retained(entities, Variant.NONE, plain);
      long withoutFeed = retained(entities, Variant.NONE, Map.of());
      long withFeed = retained(entities, Variant.NOTIFY, Map.of());
      if (round > 0) { // the first loads classes
        jcache.add((double) withoutFreshet);
        none.add((double) withoutFeed);
        feed.add((double) withFeed);
      }
    }
    options.line("%nRetained by a session factory of %d empty regions, MB:", options.regions());
    options.line("%-32s %8.1f", "hibernate-jcache + Ehcache", jcache.median() / 1e6);
    options.line("%-32s %8.1f", "Freshet, feed none", none.median() / 1e6);
    options.line("%-32s %8.1f", "Freshet, feed notify", feed.median() / 1e6);
  }

  private long retained(List<Class<?>> entities, Variant variant, Map<String, ?> settings) {
    long before = used();
    Configuration configuration = LoadNode.configuration(server, variant);
    configuration.getProperties().put("hibernate.default_schema", "load_memory");
    configuration.getProperties().put("hibernate.hbm2ddl.auto", "update");
    configuration.getProperties().putAll(settings);
    entities.forEach(configuration::addAnnotatedClass);
    try (SessionFactory factory = configuration.buildSessionFactory()) {
      configuration = null;
      long retained = used() - before;
      if (factory.isClosed()) {
        throw new IllegalStateException("closed too early");
      }
      return retained;
    }
  }

  private static long used() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static List<Class<?>> entities(int count) throws IOException {
    List<Class<?>> entities = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      String name = NodeMemory.class.getPackageName() + ".Small" + i;
      try {
        entities.add(Class.forName(name));
      } catch (ClassNotFoundException notYet) {
        entities.add(entity(name));
      }
    }
    return entities;
  }

  private static Class<?> entity(String name) throws IOException {
    try (DynamicType.Unloaded<?> type =
        new ByteBuddy()
            .subclass(Object.class)
            .name(name)
            .annotateType(
                AnnotationDescription.Builder.ofType(Entity.class).build(),
                AnnotationDescription.Builder.ofType(Cacheable.class).build(),
                AnnotationDescription.Builder.ofType(Cache.class)
                    .define("usage", CacheConcurrencyStrategy.READ_WRITE)
                    .build())
            .defineField("id", long.class, java.lang.reflect.Modifier.PUBLIC)
            .annotateField(AnnotationDescription.Builder.ofType(Id.class).build())
            .defineField("name", String.class, java.lang.reflect.Modifier.PUBLIC)
            .make()) {
      return type.load(
              NodeMemory.class.getClassLoader(),
              ClassLoadingStrategy.UsingLookup.of(MethodHandles.lookup()))
          .getLoaded();
    }
  }
}
