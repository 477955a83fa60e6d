package io.freshet.cache;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;

/**
 * A JCache provider that fails on demand: Ehcache's manager, whose caches throw from the methods
 * that are named broken. Also runs a hook before a method, for deterministic races. Thread-safe.
 */
final class FaultyCaches implements AutoCloseable {

  private final CacheManager real =
      Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider")
          .getCacheManager(null, new ClassLoader(FaultyCaches.class.getClassLoader()) {});
  private final Map<String, Supplier<? extends Throwable>> broken = new ConcurrentHashMap<>();
  private final Map<String, Runnable> hooks = new ConcurrentHashMap<>();
  private final CacheManager manager = proxy(CacheManager.class, real, this::wrapCaches);

  /** What {@code hibernate.javax.cache.cache_manager} is set to. */
  CacheManager manager() {
    return manager;
  }

  /** Every cache throws from these methods. */
  void breakDown(String... methods) {
    for (String method : methods) {
      broken.put(method, () -> new CacheException(method + " is broken"));
    }
  }

  /** Every cache throws this from the method. */
  void breakDown(String method, Supplier<? extends Throwable> failure) {
    broken.put(method, failure);
  }

  /** Nothing throws any more. */
  void repair() {
    broken.clear();
  }

  /** Runs once, just before the next call of the method. */
  void before(String method, Runnable hook) {
    hooks.put("before " + method, hook);
  }

  /** Runs once, just after the next call of the method. */
  void after(String method, Runnable hook) {
    hooks.put("after " + method, hook);
  }

  /** A cache of this manager, by reference. */
  @SuppressWarnings("unchecked")
  Cache<Object, Object> cache(String name) {
    return manager.createCache(
        name,
        new javax.cache.configuration.MutableConfiguration<Object, Object>()
            .setStoreByValue(false));
  }

  private Object wrapCaches(String method, Object result) {
    return result instanceof Cache<?, ?> cache
        ? proxy(Cache.class, cache, (name, value) -> value)
        : result;
  }

  private interface Wrapping {
    Object apply(String method, Object result);
  }

  private <T> T proxy(Class<T> type, T target, Wrapping results) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals("equals")) {
                return self == arguments[0];
              }
              if (type == Cache.class) {
                interfere(method.getName());
              }
              try {
                Object result = method.invoke(target, arguments);
                return result == null ? null : results.apply(method.getName(), result);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                run("after " + method.getName());
              }
            }));
  }

  private void interfere(String method) throws Throwable {
    run("before " + method);
    Supplier<? extends Throwable> failure = broken.get(method);
    if (failure != null) {
      throw failure.get();
    }
  }

  private void run(String moment) {
    Runnable hook = hooks.remove(moment);
    if (hook != null) {
      hook.run();
    }
  }

  /** The names of the caches there are. */
  Set<String> names() {
    Set<String> names = new java.util.TreeSet<>();
    real.getCacheNames().forEach(names::add);
    return names;
  }

  boolean isClosed() {
    return real.isClosed();
  }

  @Override
  public void close() {
    real.close();
  }
}
