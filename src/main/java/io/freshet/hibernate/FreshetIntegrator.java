package io.freshet.hibernate;

import io.freshet.Message;
import io.freshet.cache.FreshetRegionFactory;
import io.freshet.mapping.MappedSideEffects;
import org.hibernate.SessionFactory;
import org.hibernate.SessionFactoryObserver;
import org.hibernate.boot.Metadata;
import org.hibernate.boot.spi.BootstrapContext;
import org.hibernate.dialect.Dialect;
import org.hibernate.dialect.PostgreSQLDialect;
import org.hibernate.engine.jdbc.connections.spi.ConnectionProvider;
import org.hibernate.engine.jdbc.connections.spi.MultiTenantConnectionProvider;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.event.service.spi.EventListenerRegistry;
import org.hibernate.event.spi.EventType;
import org.hibernate.integrator.spi.Integrator;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Found by Hibernate through {@code META-INF/services}: gives a session factory whose region
 * factory is Freshet's its {@link Node}, listeners and observed connections. Stateless.
 */
public final class FreshetIntegrator implements Integrator {

  private static final Logger LOG = LoggerFactory.getLogger(FreshetIntegrator.class);

  /** For {@link java.util.ServiceLoader}. */
  public FreshetIntegrator() {}

  @Override
  public void integrate(
      Metadata metadata, BootstrapContext bootstrapContext, SessionFactoryImplementor factory) {
    if (!(factory.getCache().getRegionFactory() instanceof FreshetRegionFactory regionFactory)) {
      return;
    }
    Node node = new Node(factory, regionFactory, effects(metadata, factory));
    regionFactory.attach(factory, new Node.Contexts(node));
    listen(factory, new FlushListener(node));
    factory.addObserver(new Start(node, regionFactory));
  }

  private static DatabaseEffects effects(Metadata metadata, SessionFactoryImplementor factory) {
    Dialect dialect = factory.getJdbcServices().getDialect();
    return dialect instanceof PostgreSQLDialect
        ? DatabaseEffects.ofPostgres()
        : DatabaseEffects.known(MappedSideEffects.of(metadata, factory));
  }

  private static void listen(SessionFactoryImplementor factory, FlushListener listener) {
    EventListenerRegistry registry = factory.getEventEngine().getListenerRegistry();
    registry.appendListeners(EventType.POST_INSERT, listener);
    registry.appendListeners(EventType.POST_UPDATE, listener);
    registry.appendListeners(EventType.POST_DELETE, listener);
    registry.appendListeners(EventType.POST_UPSERT, listener);
    registry.appendListeners(EventType.POST_COLLECTION_RECREATE, listener);
    registry.appendListeners(EventType.POST_COLLECTION_UPDATE, listener);
    registry.appendListeners(EventType.POST_COLLECTION_REMOVE, listener);
  }

  /** Waits for the runtime mapping. */
  private record Start(Node node, FreshetRegionFactory regionFactory)
      implements SessionFactoryObserver {

    private static final long serialVersionUID = 1L;

    @Override
    public void sessionFactoryCreated(SessionFactory created) {
      node.start();
      regionFactory.warnOfUnusedSettings();
      ServiceRegistryImplementor registry = node.sessionFactory().getServiceRegistry();
      Object provider =
          node.sessionFactory().getSessionFactoryOptions().isMultiTenancyEnabled()
                  && registry.getService(MultiTenantConnectionProvider.class) != null
              ? registry.getService(MultiTenantConnectionProvider.class)
              : registry.getService(ConnectionProvider.class);
      if (provider instanceof ConnectionObserving observing) {
        observing.observeFor(node);
      } else {
        Message.CONNECTIONS_NOT_OBSERVED.warn(LOG, node.sessionFactory().getName());
      }
      FeedBoot.begin(node);
      node.beginAudit();
    }

    @Override
    public void sessionFactoryClosing(SessionFactory closing) {
      node.close();
    }
  }
}
