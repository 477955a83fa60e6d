package io.freshet.torture;

import org.hibernate.Hibernate;
import org.hibernate.proxy.HibernateProxy;

/** Identifiers of what may be a proxy, which is not loaded for that. */
final class Ids {

  private Ids() {}

  static Integer of(Object entity) {
    if (entity instanceof HibernateProxy proxy && !Hibernate.isInitialized(entity)) {
      return (Integer) proxy.getHibernateLazyInitializer().getInternalIdentifier();
    }
    Object plain = Hibernate.unproxy(entity);
    if (plain instanceof Model.Category category) {
      return category.id;
    }
    if (plain instanceof Model.Basket basket) {
      return basket.id;
    }
    if (plain instanceof Model.Product product) {
      return product.id;
    }
    return ((Model.Line) plain).id;
  }
}
