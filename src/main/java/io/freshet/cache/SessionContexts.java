package io.freshet.cache;

import org.hibernate.engine.spi.SharedSessionContractImplementor;

/** Makes the context of a new session. Thread-safe. */
@FunctionalInterface
public interface SessionContexts {

  /**
   * A context for this session, which is still under construction: its transaction and JDBC
   * coordinators must not be asked for yet.
   */
  SessionContext create(SharedSessionContractImplementor session);
}
