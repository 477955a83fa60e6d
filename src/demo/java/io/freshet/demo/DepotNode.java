package io.freshet.demo;

import io.freshet.Freshet;
import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetStatus.FeedStatus;
import io.freshet.demo.Depot.Article;
import io.freshet.demo.Depot.Kind;
import io.freshet.demo.Depot.Parcel;
import io.freshet.demo.Depot.Rate;
import io.freshet.demo.Depot.RowId;
import io.freshet.demo.Depot.Voucher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/**
 * One node of an application: a session factory with a cache and a feed of its own. Thread-safe.
 */
final class DepotNode implements AutoCloseable {

  /** The bound of staleness that the nodes are given. */
  static final Duration MAX_STALENESS = Duration.ofSeconds(1);

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String[] NAMES = {"one", "two"};

  private final int number;
  private final String application;
  private final SessionFactory factory;

  private DepotNode(int number, String application, SessionFactory factory) {
    this.number = number;
    this.application = application;
    this.factory = factory;
  }

  /**
   * Boots a node, which installs what its feed needs.
   *
   * @param number from 0
   * @throws RefusedException if the database cannot give it this feed
   */
  static DepotNode start(int number, Feed feed, DemoSchema.Target target, int connections) {
    String application =
        "freshet-demo-%d-%s".formatted(ProcessHandle.current().pid(), NAMES[number]);
    Configuration configuration = new Configuration();
    target.hibernateSettings().forEach((name, value) -> set(configuration, name, value));
    set(configuration, "hibernate.connection.pool_size", connections);
    set(configuration, "hibernate.default_schema", DemoSchema.NAME);
    set(configuration, "hibernate.generate_statistics", true);
    set(configuration, "freshet.feed", feed.setting());
    set(configuration, "freshet.feed.url", target.urlAs(application));
    set(configuration, "freshet.tracking", "install");
    set(configuration, "freshet.max_staleness", MAX_STALENESS.toMillis() + "ms");
    set(configuration, "freshet.region.max_entries", 1_000_000);
    for (Class<?> entity : Depot.ENTITIES) {
      configuration.addAnnotatedClass(entity);
    }
    try {
      return new DepotNode(number, application, configuration.buildSessionFactory());
    } catch (FreshetConfigurationException e) {
      throw new RefusedException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  private static void set(Configuration configuration, String name, Object value) {
    configuration.getProperties().put(name, value);
  }

  int number() {
    return number;
  }

  String name() {
    return "node " + NAMES[number];
  }

  /** The name that the feed's connections have in pg_stat_activity. */
  String application() {
    return application;
  }

  SessionFactory factory() {
    return factory;
  }

  /** Reads everything once, so that it is cached. */
  void warm() {
    for (String query :
        List.of(
            "from Article", "from Parcel p left join fetch p.lines", "from Rate", "from Voucher")) {
      factory.inSession(session -> session.createSelectionQuery(query, Object.class).list());
    }
  }

  /** Reads as an application does: in a session of its own. */
  long read(RowId key) {
    return factory.fromSession(session -> read(session, key));
  }

  private static long read(Session session, RowId key) {
    return switch (key.kind()) {
      case ARTICLE -> {
        Article article = session.find(Article.class, key.id());
        yield article == null ? Depot.GONE : article.revision;
      }
      case PARCEL -> {
        Parcel parcel = session.find(Parcel.class, key.id());
        yield parcel == null ? Depot.GONE : parcel.revision;
      }
      case LINES -> {
        Parcel parcel = session.find(Parcel.class, key.id());
        yield parcel == null ? 0 : parcel.lines.stream().mapToLong(Long::longValue).sum();
      }
      case RATE -> {
        Rate rate = session.find(Rate.class, key.id());
        yield rate == null ? Depot.GONE : rate.revision;
      }
      case VOUCHER -> {
        Voucher voucher = session.find(Voucher.class, key.id());
        yield voucher == null ? Depot.GONE : voucher.revision;
      }
    };
  }

  /** Whether the cache would answer with what it holds of this. */
  boolean answers(RowId key) {
    return switch (key.kind()) {
      case ARTICLE -> factory.getCache().containsEntity(Article.class, key.id());
      case PARCEL -> factory.getCache().containsEntity(Parcel.class, key.id());
      case LINES -> factory.getCache().containsCollection(Depot.LINES, key.id());
      case RATE -> factory.getCache().containsEntity(Rate.class, key.id());
      case VOUCHER -> factory.getCache().containsEntity(Voucher.class, key.id());
    };
  }

  long entries(Kind kind) {
    if (kind != Kind.ARTICLE) {
      throw new IllegalArgumentException("not counted: " + kind);
    }
    return Freshet.of(factory).status().region(Article.class.getName()).entries();
  }

  FeedStatus feed() {
    return Freshet.of(factory)
        .status()
        .feed()
        .orElseThrow(() -> new IllegalStateException(name() + " has no feed"));
  }

  void barrier() throws InterruptedException, TimeoutException {
    Freshet.of(factory).barrier(PATIENCE);
  }

  @Override
  public void close() {
    factory.close();
  }
}
