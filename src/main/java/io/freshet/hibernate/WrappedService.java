package io.freshet.hibernate;

import java.sql.Connection;
import java.util.Map;
import org.hibernate.service.spi.Configurable;
import org.hibernate.service.spi.ServiceRegistryAwareService;
import org.hibernate.service.spi.ServiceRegistryImplementor;
import org.hibernate.service.spi.Startable;
import org.hibernate.service.spi.Stoppable;
import org.hibernate.service.spi.Wrapped;
import org.jspecify.annotations.Nullable;

/**
 * A provider of connections around another: passes the registry's life cycle on, and knows the node
 * once there is one. Connections that are handed out before, for schema work at boot, are not
 * observed. Thread-safe.
 */
abstract class WrappedService<S extends Wrapped>
    implements Wrapped,
        ServiceRegistryAwareService,
        Configurable,
        Startable,
        Stoppable,
        ConnectionObserving {

  private static final long serialVersionUID = 1L;

  private final transient S wrapped;
  private transient volatile @Nullable Node node;

  WrappedService(S wrapped) {
    this.wrapped = wrapped;
  }

  final S wrapped() {
    return wrapped;
  }

  @Override
  public final void observeFor(Node newNode) {
    node = newNode;
  }

  final Connection observe(Connection connection) {
    Node current = node;
    return current == null ? connection : ObservedConnection.of(connection, current);
  }

  @Override
  public final boolean isUnwrappableAs(Class<?> type) {
    return type.isInstance(this) || type.isInstance(wrapped) || wrapped.isUnwrappableAs(type);
  }

  @Override
  public final <T> T unwrap(Class<T> type) {
    if (type.isInstance(wrapped)) {
      return type.cast(wrapped);
    }
    return type.isInstance(this) ? type.cast(this) : wrapped.unwrap(type);
  }

  @Override
  public final void injectServices(ServiceRegistryImplementor registry) {
    if (wrapped instanceof ServiceRegistryAwareService aware) {
      aware.injectServices(registry);
    }
  }

  @Override
  public final void configure(Map<String, Object> configuration) {
    if (wrapped instanceof Configurable configurable) {
      configurable.configure(configuration);
    }
  }

  @Override
  public final void start() {
    if (wrapped instanceof Startable startable) {
      startable.start();
    }
  }

  @Override
  public final void stop() {
    if (wrapped instanceof Stoppable stoppable) {
      stoppable.stop();
    }
  }
}
