package io.freshet.hibernate;

/** A connection provider of Freshet's. */
interface ConnectionObserving {

  /** From now on, connections are observed for this node. */
  void observeFor(Node node);
}
