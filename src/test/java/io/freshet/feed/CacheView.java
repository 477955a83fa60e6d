package io.freshet.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.testing.SessionFactories;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.hibernate.Hibernate;
import org.hibernate.KeyType;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.proxy.HibernateProxy;
import org.hibernate.type.CollectionType;
import org.hibernate.type.Type;

/**
 * Everything that two nodes have cached, and what is left of it after somebody else's write. A
 * third session factory, without a cache, says what is true.
 *
 * <p>Things have names: {@code Dog#10} an entity, {@code Owner.dogs#1} a collection, {@code
 * Book~isbn} a natural id, and queries are called what their test calls them.
 */
final class CacheView implements AutoCloseable {

  final Nodes nodes;
  private final SessionFactoryImplementor truth;
  private final Function<SessionFactoryImplementor, SessionImplementor> sessions;
  private final Map<String, Thing> things = new LinkedHashMap<>();
  private final Map<SessionFactoryImplementor, Set<String>> held = new HashMap<>();

  /**
   * One thing that may be cached.
   *
   * @param show reads it, and renders it
   * @param held whether the node has it in its cache
   */
  private record Thing(
      Function<SessionImplementor, String> show,
      BiPredicate<SessionFactoryImplementor, String> held) {}

  private CacheView(
      Nodes nodes,
      SessionFactoryImplementor truth,
      Function<SessionFactoryImplementor, SessionImplementor> sessions) {
    this.nodes = nodes;
    this.truth = truth;
    this.sessions = sessions;
  }

  static CacheView of(String feed, Class<?>[] entities, String... ddl) {
    return of(feed, settings -> settings, entities, ddl);
  }

  static CacheView of(
      String feed, UnaryOperator<SessionFactories> settings, Class<?>[] entities, String... ddl) {
    return of(feed, settings, node -> node.openSession(), entities, ddl);
  }

  static CacheView of(
      String feed,
      UnaryOperator<SessionFactories> settings,
      Function<SessionFactoryImplementor, SessionImplementor> sessions,
      Class<?>[] entities,
      String... ddl) {
    Nodes nodes = Nodes.of(feed, settings, entities, ddl);
    SessionFactoryImplementor truth =
        settings
            .apply(
                SessionFactories.on(nodes.database)
                    .with("hibernate.cache.use_second_level_cache", false)
                    .with("hibernate.cache.use_query_cache", false))
            .build(entities);
    return new CacheView(nodes, truth, sessions);
  }

  CacheView entities(Class<?> type, Object... ids) {
    EntityPersister persister = entity(nodes.one, type);
    for (Object id : ids) {
      things.put(
          type.getSimpleName() + "#" + id,
          new Thing(
              session -> show(session, session.find(type, id)),
              (node, tenant) -> {
                var access = entity(node, type).getCacheAccessStrategy();
                return access.contains(
                    access.generateCacheKey(id, entity(node, type), node, tenant));
              }));
    }
    assertThat(persister.getCacheAccessStrategy()).as(type.getName()).isNotNull();
    return this;
  }

  CacheView collections(Class<?> owner, String attribute, Object... ids) {
    for (Object id : ids) {
      // of a property-ref, the key is what the owner had when it was read
      Object[] key = {id};
      things.put(
          owner.getSimpleName() + "." + attribute + "#" + id,
          new Thing(
              session -> showCollection(session, session.find(owner, id), attribute, key),
              (node, tenant) -> {
                CollectionPersister role = role(node, owner, attribute);
                var access = role.getCacheAccessStrategy();
                return access.contains(access.generateCacheKey(key[0], role, node, tenant));
              }));
    }
    return this;
  }

  /** A natural id of one attribute, or of several in alphabetical order of their names. */
  CacheView naturalId(Class<?> type, Map<String, Object> values) {
    Map<String, Object> ordered = new TreeMap<>(values);
    Object key =
        ordered.size() == 1 ? ordered.values().iterator().next() : ordered.values().toArray();
    things.put(
        type.getSimpleName()
            + "~"
            + ordered.values().stream().map(String::valueOf).collect(Collectors.joining(",")),
        new Thing(
            session -> {
              Object found = session.find(type, key, KeyType.NATURAL);
              return found == null ? "none" : String.valueOf(session.getIdentifier(found));
            },
            (node, tenant) -> {
              var access = entity(node, type).getNaturalIdCacheAccessStrategy();
              try (SessionImplementor session = sessions.apply(node)) {
                return access.contains(access.generateCacheKey(key, entity(node, type), session));
              }
            }));
    return this;
  }

  /** A cached query of plain values. */
  CacheView query(String name, String hql) {
    things.put(
        name,
        queried(
            session ->
                session
                    .createSelectionQuery(hql, Object.class)
                    .setCacheable(true)
                    .getResultList()));
    return this;
  }

  /** A cached native query of plain values. */
  CacheView nativeQuery(String name, String sql, String... spaces) {
    things.put(
        name,
        queried(
            session -> {
              var query = session.createNativeQuery(sql, Object.class);
              for (String space : spaces) {
                query.addSynchronizedQuerySpace(space);
              }
              return query.setCacheable(true).getResultList();
            }));
    return this;
  }

  private Thing queried(Function<SessionImplementor, List<Object>> query) {
    return new Thing(
        session -> query.apply(session).stream().map(one -> text(session, one)).toList().toString(),
        (node, tenant) -> {
          long hits = node.getStatistics().getQueryCacheHitCount();
          in(node, query);
          return node.getStatistics().getQueryCacheHitCount() > hits;
        });
  }

  /** Somebody else writes all this, in one transaction, and both nodes read everything. */
  CacheView seeded(String... statements) {
    nodes.outside(String.join(";\n", statements));
    for (SessionFactoryImplementor node : nodes.both()) {
      // a tenant's first session caches nothing
      in(node, session -> session.createNativeQuery("select 1", Integer.class).getResultList());
      warm(node);
    }
    return this;
  }

  private void warm(SessionFactoryImplementor node) {
    Set<String> all = new LinkedHashSet<>();
    Set<String> found;
    long resets;
    do {
      // a feed that begins anew clears what has just been read
      resets = Nodes.feed(node).counts().resets();
      Nodes.settle(node);
      all.clear();
      answers(node).forEach((name, shown) -> addUnlessNone(all, name, shown));
      found = heldBy(node);
    } while (resets != Nodes.feed(node).counts().resets());
    assertThat(found).as("what can be cached").containsAll(all);
    held.put(node, all);
  }

  private static void addUnlessNone(Set<String> all, String name, String shown) {
    if (!shown.equals("none")) {
      all.add(name);
    }
  }

  private Set<String> heldBy(SessionFactoryImplementor node) {
    String tenant;
    try (SessionImplementor session = sessions.apply(node)) {
      tenant = session.getTenantIdentifier();
    }
    Set<String> all = new LinkedHashSet<>();
    things.forEach(
        (name, thing) -> {
          if (thing.held.test(node, tenant)) {
            all.add(name);
          }
        });
    return all;
  }

  /**
   * Somebody else writes, each statement in a transaction of its own; then exactly the named things
   * are gone, on both nodes, and everything that is read equals the database.
   */
  void after(String statement, String... gone) {
    nodes.outside(statement);
    lost(gone);
  }

  /** Everything cached whose name begins like one of these. */
  String[] held(String... prefixes) {
    return held.get(nodes.one).stream()
        .filter(thing -> Arrays.stream(prefixes).anyMatch(thing::startsWith))
        .toArray(String[]::new);
  }

  /** Exactly the named things are gone since they were last read. Reads everything again. */
  void lost(String... gone) {
    Map<String, String> expected = answers(truth);
    for (SessionFactoryImplementor node : nodes.both()) {
      Set<String> missing = new LinkedHashSet<>(held.getOrDefault(node, Set.of()));
      missing.removeAll(heldBy(node));
      assertThat(missing)
          .as(node == nodes.one ? "evicted from node one" : "evicted from node two")
          .containsExactlyInAnyOrder(gone);
      assertThat(answers(node)).isEqualTo(expected);
      warm(node);
    }
  }

  /** Everything that is read equals the database, whatever has been evicted. */
  void fresh() {
    Map<String, String> expected = answers(truth);
    for (SessionFactoryImplementor node : nodes.both()) {
      assertThat(answers(node)).isEqualTo(expected);
      warm(node);
    }
  }

  /** What a node answers, by thing. */
  Map<String, String> answers(SessionFactoryImplementor node) {
    Map<String, String> all = new LinkedHashMap<>();
    things.forEach((name, thing) -> all.put(name, in(node, thing.show)));
    return all;
  }

  /** What one thing is on a node. */
  String answer(SessionFactoryImplementor node, String thing) {
    return in(node, things.get(thing).show);
  }

  /** What is true. */
  Map<String, String> truth() {
    return answers(truth);
  }

  List<String> names() {
    return List.copyOf(things.keySet());
  }

  private <T> T in(SessionFactoryImplementor node, Function<SessionImplementor, T> work) {
    try (SessionImplementor session = sessions.apply(node)) {
      session.beginTransaction();
      T result = work.apply(session);
      session.getTransaction().commit();
      return result;
    }
  }

  private static EntityPersister entity(SessionFactoryImplementor node, Class<?> type) {
    return node.getMappingMetamodel().getEntityDescriptor(type);
  }

  /** A role belongs to the class that declares the attribute. */
  private static CollectionPersister role(
      SessionFactoryImplementor node, Class<?> owner, String attribute) {
    return node.getMappingMetamodel().getCollectionDescriptor(owner.getName() + "." + attribute);
  }

  private static String show(SessionImplementor session, Object entity) {
    if (entity == null) {
      return "none";
    }
    Object real = Hibernate.unproxy(entity);
    EntityPersister persister = session.getEntityPersister(null, real);
    Map<String, String> state = new TreeMap<>();
    Type[] types = persister.getPropertyTypes();
    for (int i = 0; i < types.length; i++) {
      if (!(types[i] instanceof CollectionType)) {
        state.put(persister.getPropertyNames()[i], text(session, persister.getValue(real, i)));
      }
    }
    return real.getClass().getSimpleName() + state;
  }

  private static String showCollection(
      SessionImplementor session, Object owner, String attribute, Object[] key) {
    if (owner == null) {
      return "none";
    }
    Object real = Hibernate.unproxy(owner);
    EntityPersister persister = session.getEntityPersister(null, real);
    int position = persister.getPropertyIndex(attribute);
    CollectionType type = (CollectionType) persister.getPropertyTypes()[position];
    key[0] = type.getKeyOfOwner(real, session);
    Object value = persister.getValue(real, position);
    if (value instanceof Map<?, ?> map) {
      Map<String, String> shown = new TreeMap<>();
      map.forEach((one, other) -> shown.put(text(session, one), text(session, other)));
      return shown.toString();
    }
    List<String> shown = new ArrayList<>();
    ((Collection<?>) value).forEach(element -> shown.add(text(session, element)));
    CollectionPersister role =
        session.getFactory().getMappingMetamodel().getCollectionDescriptor(type.getRole());
    if (!role.hasIndex() && !role.hasOrdering()) {
      shown.sort(null);
    }
    return shown.toString();
  }

  private static String text(SessionImplementor session, Object value) {
    if (value instanceof HibernateProxy proxy) {
      return "ref " + proxy.getHibernateLazyInitializer().getInternalIdentifier();
    }
    if (value instanceof Object[] array) {
      return Arrays.stream(array).map(one -> text(session, one)).toList().toString();
    }
    boolean entity = value != null && session.getPersistenceContext().isEntryFor(value);
    return entity ? "ref " + session.getIdentifier(value) : String.valueOf(value);
  }

  @Override
  public void close() {
    truth.close();
    nodes.close();
  }
}
