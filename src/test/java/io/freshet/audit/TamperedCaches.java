package io.freshet.audit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;

/**
 * A cache manager whose caches, while that is wanted, remove another key than they are told, or
 * cannot say what they hold.
 */
final class TamperedCaches {

  private final CacheManager real;
  private final CacheManager manager;
  private volatile UnaryOperator<Object> removedKey = UnaryOperator.identity();
  private volatile boolean listed = true;
  private volatile boolean firstGoes;

  TamperedCaches() {
    CachingProvider provider =
        Caching.getCachingProvider("org.ehcache.jsr107.EhcacheCachingProvider");
    ClassLoader loader = new ClassLoader(provider.getDefaultClassLoader()) {};
    real = provider.getCacheManager(provider.getDefaultURI(), loader);
    manager =
        (CacheManager)
            Proxy.newProxyInstance(
                loader, new Class<?>[] {CacheManager.class}, (p, m, a) -> managed(m, a));
  }

  /** What {@code hibernate.javax.cache.cache_manager} is set to. */
  CacheManager manager() {
    return manager;
  }

  /** The store itself. */
  Cache<Object, Object> store(Class<?> entity) {
    return real.getCache(entity.getName());
  }

  /** From now on another key is removed than the one that should be. */
  void redirectRemovals(UnaryOperator<Object> to) {
    removedKey = to;
  }

  /** From now on what is stored cannot be listed. */
  void refuseListing() {
    listed = false;
  }

  /** From now on the first entry goes while it is listed: Ehcache gives null for it. */
  void loseTheFirstListed() {
    firstGoes = true;
  }

  private static Iterator<?> withoutTheFirst(Iterator<?> all) {
    List<Object> listed = new ArrayList<>();
    all.forEachRemaining(listed::add);
    if (!listed.isEmpty()) {
      listed.set(0, null);
    }
    return listed.iterator();
  }

  private Object managed(Method method, Object[] arguments) throws Throwable {
    Object result = call(real, method, arguments);
    if (!(result instanceof Cache<?, ?> cache)) {
      return result;
    }
    return Proxy.newProxyInstance(
        TamperedCaches.class.getClassLoader(),
        new Class<?>[] {Cache.class},
        (proxy, called, given) -> {
          if (called.getName().equals("remove") && given.length == 1) {
            return call(cache, called, new Object[] {removedKey.apply(given[0])});
          }
          if (called.getName().equals("iterator") && !listed) {
            throw new CacheException("no list");
          }
          if (called.getName().equals("iterator") && firstGoes) {
            return withoutTheFirst(cache.iterator());
          }
          return call(cache, called, given);
        });
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
