package io.freshet.hibernate;

import io.freshet.Freshet;
import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetSettings;
import io.freshet.change.TrackingPlan;
import jakarta.persistence.EntityManagerFactory;

/** What a persistence unit wants to be told, for tools that prepare a database. Stateless. */
public final class MappedPlan {

  private MappedPlan() {}

  /**
   * The tables and columns that the unit's cached entities, collections and queries depend on.
   *
   * @throws FreshetConfigurationException if Freshet does not run the unit's second-level cache
   * @throws IllegalStateException if the factory is closed
   */
  public static TrackingPlan of(EntityManagerFactory factory) {
    Freshet freshet = new NodeLocator().find(factory).orElse(null);
    if (!(freshet instanceof Node node)) {
      throw new FreshetConfigurationException(
          ("Freshet does not run the second-level cache of this persistence unit: it is switched"
                  + " off (%s=false, or hibernate.cache.use_second_level_cache=false), another"
                  + " hibernate.cache.region.factory_class is set, or nothing is cached")
              .formatted(FreshetSettings.ENABLED));
    }
    return plan(node);
  }

  static TrackingPlan plan(Node node) {
    return node.tables()
        .trackingPlan(node.sessionFactory().getSessionFactoryOptions().isQueryCacheEnabled());
  }
}
