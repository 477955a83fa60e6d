package io.freshet.hibernate;

import io.freshet.audit.Proof;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** What a node's feed can show. Thread-safe. */
record FeedProof(Node node) implements Proof {

  @Override
  public boolean isPossible() {
    FeedLink feed = node.feed();
    return feed != null && feed.feed().tellsEverything();
  }

  @Override
  public void barrier(Duration timeout) throws TimeoutException, InterruptedException {
    node.barrier(timeout);
  }
}
