package io.freshet.audit;

import io.freshet.cache.FreshetRegion;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.cache.QueryResultsStore;
import io.freshet.cache.QuerySpaceTimestamps;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.spi.MappingMetamodelImplementor;
import org.jspecify.annotations.Nullable;

/**
 * Goes through everything that is cached, a few entries each time, and begins anew at the end of
 * each region: the regions in turn, the cached queries like one more of them. What a store's
 * iterator costs is all that it costs; nothing is copied or counted. For one thread at a time.
 */
final class Cursor {

  private static final String QUERIES = "";

  private final Reader reader;
  private final FreshetRegionFactory regions;
  private final Recipes recipes;
  private final Map<String, Iterator<Sample>> positions = new HashMap<>();

  private final List<RuntimeException> failures = new ArrayList<>();

  /** Where the last sample came from: the next audit begins behind it. */
  private String last = QUERIES;

  Cursor(Reader reader, FreshetRegionFactory regions, Recipes recipes) {
    this.reader = reader;
    this.regions = regions;
    this.recipes = recipes;
  }

  /** The next samples; fewer if every region has come to its end, none if all are empty. */
  List<Sample> next(int most) {
    Deque<String> sources = sources();
    Set<String> atEnd = new HashSet<>(sources); // where the last samples were the last there are
    List<Sample> samples = new ArrayList<>();
    while (samples.size() < most && !sources.isEmpty()) {
      String source = sources.remove();
      Sample sample = next(source);
      if (sample == null && atEnd.remove(source)) {
        sample = next(source);
      }
      atEnd.remove(source);
      if (sample != null) {
        samples.add(sample);
        sources.add(source);
        last = source;
      }
    }
    return samples;
  }

  /** Why some sources have broken off since this was asked last. */
  List<RuntimeException> failures() {
    List<RuntimeException> all = List.copyOf(failures);
    failures.clear();
    return all;
  }

  /** All of them, those first that the last audit did not come to. */
  private Deque<String> sources() {
    List<String> sources = new ArrayList<>();
    regions.regions().forEach(region -> sources.add(region.getName()));
    sources.add(QUERIES);
    Collections.sort(sources);
    Collections.rotate(sources, -(sources.indexOf(last) + 1));
    return new ArrayDeque<>(sources);
  }

  /** The next of a source; null at its end, after which it begins anew. */
  private @Nullable Sample next(String source) {
    try {
      Iterator<Sample> position = positions.computeIfAbsent(source, this::begin);
      if (position.hasNext()) {
        return position.next();
      }
    } catch (RuntimeException e) {
      // another one is begun the next time
      failures.add(
          new IllegalStateException("What is cached in %s cannot be listed".formatted(source), e));
    }
    positions.remove(source);
    return null;
  }

  private Iterator<Sample> begin(String source) {
    if (source.equals(QUERIES)) {
      return queries().iterator();
    }
    FreshetRegion region = regions.region(source);
    if (region == null) {
      return List.<Sample>of().iterator();
    }
    Iterator<Object> keys = region.keys();
    return new Iterator<>() {
      private @Nullable Sample ahead;

      @Override
      public boolean hasNext() {
        while (ahead == null && keys.hasNext()) {
          ahead = sample(region, keys.next());
        }
        return ahead != null;
      }

      @Override
      public Sample next() {
        Sample sample = hasNext() ? ahead : null;
        if (sample == null) {
          throw new java.util.NoSuchElementException();
        }
        ahead = null;
        return sample;
      }
    };
  }

  private Stream<Sample> queries() {
    if (!(reader.factory().getCache().getTimestampsCache()
        instanceof QuerySpaceTimestamps timestamps)) {
      return Stream.empty();
    }
    return recipes.all().stream().flatMap(recipe -> query(recipe, timestamps));
  }

  private Stream<Sample> query(Recipe recipe, QuerySpaceTimestamps timestamps) {
    QueryResultsStore store = regions.queryResults(recipe.stored().region());
    if (store == null || store.look(recipe.stored().key()) == null) {
      recipes.forget(recipe);
      return Stream.empty();
    }
    return Stream.of(new CachedQuery(reader, store, timestamps, recipe));
  }

  private @Nullable Sample sample(FreshetRegion region, Object cacheKey) {
    CacheKey key = CacheKey.of(cacheKey);
    if (key == null) {
      return null;
    }
    SessionFactoryImplementor factory = reader.factory();
    MappingMetamodelImplementor mapping = factory.getMappingMetamodel();
    var entity = mapping.findEntityDescriptor(key.name());
    if (key.natural()) {
      return entity == null ? null : new CachedNaturalId(reader, region, cacheKey, key, entity);
    }
    if (entity != null) {
      return new CachedEntity(reader, region, cacheKey, key, entity);
    }
    var role = mapping.findCollectionDescriptor(key.name());
    return role == null ? null : new CachedCollection(reader, region, cacheKey, key, role);
  }
}
