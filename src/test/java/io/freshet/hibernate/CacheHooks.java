package io.freshet.hibernate;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;

/**
 * Ehcache behind proxies that run a hook before or after one kind of call, once. So a race that
 * needs a coincidence happens each time.
 */
final class CacheHooks {

  /** A hook: when, at which operation, in which region. */
  private record Point(boolean before, String operation, String region) {}

  private final Map<Point, Runnable> hooks = new ConcurrentHashMap<>();
  private final CacheManager manager;

  CacheHooks() {
    CachingProvider provider =
        Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider");
    ClassLoader loader = new ClassLoader(provider.getDefaultClassLoader()) {};
    CacheManager real = provider.getCacheManager(provider.getDefaultURI(), loader);
    manager =
        (CacheManager)
            Proxy.newProxyInstance(
                loader,
                new Class<?>[] {CacheManager.class},
                (proxy, method, arguments) -> managed(real, method, arguments));
  }

  CacheManager manager() {
    return manager;
  }

  /** Runs the hook once, before the next such call ({@code get}, {@code put}, {@code remove}). */
  void before(String operation, String region, Runnable hook) {
    hooks.put(new Point(true, operation, region), hook);
  }

  /** Runs the hook once, after the next such call. */
  void after(String operation, String region, Runnable hook) {
    hooks.put(new Point(false, operation, region), hook);
  }

  void clear() {
    hooks.clear();
  }

  private Object managed(CacheManager real, Method method, Object[] arguments) throws Throwable {
    Object result = call(real, method, arguments);
    if (result instanceof Cache<?, ?> cache) {
      BiConsumer<Boolean, String> hook =
          (before, operation) -> {
            Runnable due = hooks.remove(new Point(before, operation, cache.getName()));
            if (due != null) {
              due.run();
            }
          };
      return Proxy.newProxyInstance(
          CacheHooks.class.getClassLoader(),
          new Class<?>[] {Cache.class},
          (proxy, called, given) -> {
            hook.accept(true, called.getName());
            Object answer = call(cache, called, given);
            hook.accept(false, called.getName());
            return answer;
          });
    }
    return result;
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
