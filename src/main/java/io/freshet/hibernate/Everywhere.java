package io.freshet.hibernate;

import io.freshet.FeedSettings;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.fanout.BusFeed;
import io.freshet.postgres.feed.Announcement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Tells all nodes what somebody asked to be evicted, by whatever the feed is. Stateless. */
final class Everywhere {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Node node;

  Everywhere(Node node) {
    this.node = node;
  }

  /**
   * Tells, and waits until it has been told.
   *
   * @throws IllegalStateException if there is no way, or it failed
   */
  void tell(ChangeSet changes) {
    FeedLink link = node.feed();
    ChangeFeed feed = link == null ? null : link.feed();
    Publisher publisher = node.publisher();
    try {
      if (publisher != null) {
        publisher.announce(changes);
        if (!publisher.awaitConfirmed(PATIENCE)) {
          throw failed("the broker has not confirmed it within " + PATIENCE, null);
        }
      } else if (feed instanceof BusFeed bus) {
        bus.announce(changes, PATIENCE);
      } else if (feed != null) {
        sendThroughDatabase(changes);
      } else {
        throw failed(
            "there is no feed (%s=%s)"
                .formatted(FeedSettings.FEED, node.settings().feed().kind().setting()),
            null);
      }
    } catch (TimeoutException | SQLException e) {
      throw failed(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted", e);
    }
  }

  private void sendThroughDatabase(ChangeSet changes) throws SQLException {
    try (UnitConnection connection = UnitConnection.of(node.sessionFactory())) {
      Announcement.send(connection.raw(), changes);
    }
  }

  private static IllegalStateException failed(String reason, @Nullable Exception cause) {
    return new IllegalStateException(
        "Evicted here, but other nodes could not be told: " + reason, cause);
  }
}
