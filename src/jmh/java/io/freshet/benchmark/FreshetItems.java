package io.freshet.benchmark;

import io.freshet.cache.FreshetRegion;
import io.freshet.cache.SessionContext;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.persister.entity.EntityPersister;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A region of Freshet's, and a session from before its last change. */
@State(Scope.Benchmark)
public class FreshetItems {

  private static final int KEYS = 10_000;

  private Database database;
  private SessionFactoryImplementor factory;
  private SharedSessionContractImplementor session;
  private SessionContext context;
  private FreshetRegion region;
  private final Object[] keys = new Object[KEYS];

  /** For JMH. */
  public FreshetItems() {}

  /** Opens the session, then evicts everything. */
  @Setup(Level.Trial)
  public void start() throws IOException {
    database = Database.open();
    Configuration configuration = new Configuration();
    configuration.getProperties().putAll(Variant.freshet.settings());
    configuration.getProperties().put("hibernate.connection.url", database.url());
    configuration.addAnnotatedClass(Item.class);
    factory = configuration.buildSessionFactory().unwrap(SessionFactoryImplementor.class);
    EntityPersister persister =
        factory.getMappingMetamodel().getEntityDescriptor(Item.class.getName());
    EntityDataAccess access = persister.getCacheAccessStrategy();
    region = (FreshetRegion) access.getRegion();
    for (int i = 0; i < KEYS; i++) {
      keys[i] = access.generateCacheKey((long) i, persister, factory, null);
    }
    session = (SharedSessionContractImplementor) factory.openSession();
    context = SessionContext.of(session);
    access.evictAll();
  }

  /** Closes what was opened. */
  @TearDown(Level.Trial)
  public void stop() throws IOException {
    session.close();
    factory.close();
    database.close();
  }

  /** The region. */
  public FreshetRegion region() {
    return region;
  }

  /** The context of a session that is older than the region's last change. */
  public SessionContext staleContext() {
    return context;
  }

  /** One of the keys. */
  public Object randomKey() {
    return keys[ThreadLocalRandom.current().nextInt(KEYS)];
  }
}
