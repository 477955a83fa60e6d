package io.freshet.hibernate;

import io.freshet.Freshet;
import io.freshet.cache.FreshetRegionFactory;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.util.Optional;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Finds the node behind an entity manager factory. Stateless. */
public final class NodeLocator implements Freshet.Locator {

  /** For {@link java.util.ServiceLoader}. */
  public NodeLocator() {}

  @Override
  public Optional<Freshet> find(EntityManagerFactory factory) {
    if (!factory.isOpen()) {
      throw new IllegalStateException("The entity manager factory is closed: " + factory);
    }
    SessionFactoryImplementor sessionFactory;
    try {
      sessionFactory = factory.unwrap(SessionFactoryImplementor.class);
    } catch (PersistenceException e) {
      return Optional.empty(); // not Hibernate's
    }
    return sessionFactory.getCache().getRegionFactory() instanceof FreshetRegionFactory regions
            && regions.sessionContexts() instanceof Node.Contexts contexts
        ? Optional.of(contexts.node())
        : Optional.empty();
  }
}
