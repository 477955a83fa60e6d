package io.freshet.testing;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * As much of a JCache as a region uses, on a map that it never bounds: a scheduler that takes every
 * step of the code under test apart has little to take apart here, and a benchmark little to
 * measure. Thread-safe.
 */
public final class MapCache implements Cache<Object, Object> {

  private final Map<Object, Object> entries = new ConcurrentHashMap<>();
  private final @Nullable Runnable beforeReading;

  public MapCache() {
    this.beforeReading = null;
  }

  /**
   * @param beforeReading what a test wants to know at that moment
   */
  public MapCache(Runnable beforeReading) {
    this.beforeReading = beforeReading;
  }

  @Override
  public Object get(Object key) {
    if (beforeReading != null) {
      beforeReading.run();
    }
    return entries.get(key);
  }

  @Override
  public void put(Object key, Object value) {
    entries.put(key, value);
  }

  @Override
  public boolean remove(Object key) {
    return entries.remove(key) != null;
  }

  @Override
  public void clear() {
    entries.clear();
  }

  private static UnsupportedOperationException unused() {
    return new UnsupportedOperationException("no region calls this");
  }

  @Override
  public Map<Object, Object> getAll(Set<? extends Object> keys) {
    throw unused();
  }

  @Override
  public boolean containsKey(Object key) {
    throw unused();
  }

  @Override
  public void loadAll(
      Set<? extends Object> keys, boolean replaceExistingValues, CompletionListener listener) {
    throw unused();
  }

  @Override
  public Object getAndPut(Object key, Object value) {
    throw unused();
  }

  @Override
  public void putAll(Map<? extends Object, ? extends Object> map) {
    throw unused();
  }

  @Override
  public boolean putIfAbsent(Object key, Object value) {
    throw unused();
  }

  @Override
  public boolean remove(Object key, Object oldValue) {
    throw unused();
  }

  @Override
  public Object getAndRemove(Object key) {
    throw unused();
  }

  @Override
  public boolean replace(Object key, Object oldValue, Object newValue) {
    throw unused();
  }

  @Override
  public boolean replace(Object key, Object value) {
    throw unused();
  }

  @Override
  public Object getAndReplace(Object key, Object value) {
    throw unused();
  }

  @Override
  public void removeAll(Set<? extends Object> keys) {
    throw unused();
  }

  @Override
  public void removeAll() {
    throw unused();
  }

  @Override
  public <C extends Configuration<Object, Object>> C getConfiguration(Class<C> type) {
    return type.cast(new MutableConfiguration<>());
  }

  @Override
  public <T> T invoke(
      Object key, EntryProcessor<Object, Object, T> processor, Object... arguments) {
    throw unused();
  }

  @Override
  public <T> Map<Object, EntryProcessorResult<T>> invokeAll(
      Set<? extends Object> keys,
      EntryProcessor<Object, Object, T> processor,
      Object... arguments) {
    throw unused();
  }

  @Override
  public String getName() {
    throw unused();
  }

  @Override
  public CacheManager getCacheManager() {
    throw unused();
  }

  @Override
  public void close() {
    throw unused();
  }

  @Override
  public boolean isClosed() {
    throw unused();
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw unused();
  }

  @Override
  public void registerCacheEntryListener(
      CacheEntryListenerConfiguration<Object, Object> configuration) {
    throw unused();
  }

  @Override
  public void deregisterCacheEntryListener(
      CacheEntryListenerConfiguration<Object, Object> configuration) {
    throw unused();
  }

  @Override
  public Iterator<Entry<Object, Object>> iterator() {
    throw unused();
  }
}
