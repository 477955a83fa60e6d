package io.freshet.fanout;

import io.freshet.change.ChangeSet;

/**
 * What a node asks of all sources. Immutable.
 *
 * @param node who asks
 * @param number one more than that of its request before
 * @param describes whether the sources shall describe themselves
 * @param announced what a relay shall put into its stream: evictions that somebody asked for
 */
public record Request(String node, long number, boolean describes, ChangeSet announced) {

  public Request {
    if (node.isEmpty()) {
      throw new IllegalArgumentException("a request has no node");
    }
  }
}
