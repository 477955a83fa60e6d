package io.freshet.cache;

import io.freshet.FreshetConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;
import org.hibernate.cache.jcache.ConfigSettings;
import org.hibernate.cache.jcache.MissingCacheStrategy;
import org.jspecify.annotations.Nullable;

/** How {@code hibernate.javax.cache.*} leads to a cache manager, or to an error. Stateless. */
final class CacheManagers {

  private static final String EHCACHE_PROVIDER = "org.ehcache.jsr107.EhcacheCachingProvider";

  private CacheManagers() {}

  /**
   * A class loader that tells the managers of two session factories apart. Static: it must not keep
   * a closed session factory alive.
   */
  static final class OwnLoader extends ClassLoader {
    OwnLoader(ClassLoader parent) {
      super(parent);
    }
  }

  /** The provider where none is configured: Ehcache if it is there, else the only one there is. */
  static CachingProvider provider() {
    List<CachingProvider> providers = new ArrayList<>();
    Caching.getCachingProviders().forEach(providers::add);
    for (CachingProvider provider : providers) {
      if (provider.getClass().getName().equals(EHCACHE_PROVIDER)) {
        return provider;
      }
    }
    if (providers.size() != 1) {
      throw new FreshetConfigurationException(
          providers.isEmpty()
              ? "There is no JCache provider on the class path: add one, such as org.ehcache:ehcache"
              : "There are several JCache providers on the class path: choose one by %s, of %s"
                  .formatted(
                      ConfigSettings.PROVIDER,
                      providers.stream().map(one -> one.getClass().getName()).sorted().toList()));
    }
    return providers.get(0);
  }

  /** The settings that Hibernate casts to text, which may be given as a URI, URL or enum too. */
  static Map<String, Object> asText(Map<String, Object> configuration) {
    Map<String, Object> text = new HashMap<>(configuration);
    text.computeIfPresent(ConfigSettings.PROVIDER, (name, value) -> className(value));
    text.computeIfPresent(ConfigSettings.CONFIG_URI, (name, value) -> value.toString().strip());
    text.put(
        ConfigSettings.MISSING_CACHE_STRATEGY,
        missingCacheStrategy(configuration).getExternalRepresentation());
    return text;
  }

  private static String className(Object value) {
    return value instanceof Class<?> type ? type.getName() : value.toString().strip();
  }

  /**
   * What to do where a cache is not configured. Creating well-configured regions is Freshet's job:
   * it warns of that only where told to.
   */
  static MissingCacheStrategy missingCacheStrategy(Map<String, Object> configuration) {
    Object value = configuration.get(ConfigSettings.MISSING_CACHE_STRATEGY);
    if (value == null) {
      return MissingCacheStrategy.CREATE;
    }
    try {
      return MissingCacheStrategy.interpretSetting(value);
    } catch (RuntimeException e) {
      throw new FreshetConfigurationException(
          "%s=%s is not allowed: give create, create-warn or fail"
              .formatted(ConfigSettings.MISSING_CACHE_STRATEGY, value),
          e);
    }
  }

  /** What could not be started, by which settings, and why. */
  static FreshetConfigurationException explain(
      RuntimeException cause, Map<String, Object> configuration) {
    if (cause instanceof FreshetConfigurationException explained) {
      return explained;
    }
    StringBuilder given = new StringBuilder();
    for (String name :
        List.of(ConfigSettings.CACHE_MANAGER, ConfigSettings.PROVIDER, ConfigSettings.CONFIG_URI)) {
      Object value = configuration.get(name);
      if (value != null) {
        given.append(given.isEmpty() ? "" : ", ").append(name).append('=').append(value);
      }
    }
    return new FreshetConfigurationException(
        "The JCache provider could not be started with %s: %s"
            .formatted(given.isEmpty() ? "its defaults" : given, rootMessage(cause)),
        cause);
  }

  /** The innermost text: providers wrap what a user can mend, such as the line of a bad file. */
  private static String rootMessage(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    @Nullable Throwable cause = failure.getCause();
    while (cause != null) {
      if (cause.getMessage() != null) {
        message = cause.getMessage();
      }
      cause = cause.getCause();
    }
    return message;
  }
}
