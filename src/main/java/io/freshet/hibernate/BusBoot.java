package io.freshet.hibernate;

import io.freshet.BusSettings;
import io.freshet.FeedSettings.Kind;
import io.freshet.FreshetConfigurationException;
import io.freshet.FreshetSettings;
import io.freshet.Message;
import io.freshet.Names;
import io.freshet.bus.Bus;
import io.freshet.bus.BusException;
import io.freshet.bus.Channel;
import io.freshet.fanout.BusFeed;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a node to a bus, as one that hears, one that publishes, or both. For one thread.
 *
 * <p>As with any feed, what is wrong for good stops the boot, and what may pass does not.
 */
final class BusBoot {

  private static final Logger LOG = LoggerFactory.getLogger(BusBoot.class);

  /** How long the first answer may take before the boot goes on. */
  private static final Duration FIRST_ANSWER = Duration.ofSeconds(5);

  private final Node node;
  private final FreshetSettings settings;
  private final Duration patience;

  private BusBoot(Node node) {
    this.node = node;
    this.settings = node.settings();
    this.patience = FeedTargets.patience(settings.feed());
  }

  /**
   * Joins.
   *
   * @param kind the feed; {@link Kind#NONE} if this node only publishes
   * @throws FreshetConfigurationException if the bus cannot work as it is set
   */
  static void begin(Node node, Kind kind) {
    new BusBoot(node).begin(kind);
  }

  private void begin(Kind kind) {
    BusSettings address = settings.fanout().bus().orElseThrow();
    Bus bus = Bus.of(address, patience);
    probe(address, bus);
    String name = Names.unique("node-");
    if (settings.fanout().publishes()) {
      Publisher publisher = new Publisher(bus, name, patience);
      node.attach(publisher);
      String trouble = publisher.start(FIRST_ANSWER);
      if (!trouble.isEmpty()) {
        Message.PUBLISH_INTERRUPTED.warn(LOG, trouble);
      }
    }
    if (kind != Kind.NONE) {
      follow(kind, bus, name);
    }
  }

  private void follow(Kind kind, Bus bus, String name) {
    RelayAdmission admission = new RelayAdmission(node);
    BusFeed feed =
        new BusFeed(
            bus, new BusFeed.Plan(name, settings.feed().maxStaleness(), patience, admission));
    FeedLink link =
        new FeedLink(kind.setting(), node, feed, admission::intake, settings.feed().maxStaleness());
    node.attach(link);
    link.start();
    if (!link.awaitFirstBarrier(FIRST_ANSWER)) {
      Message.FEED_NOT_READY.warn(LOG, kind.setting(), link.whyClosed());
    }
  }

  /** Looks for what can never work: a wrong password, a missing right. */
  private void probe(BusSettings address, Bus bus) {
    Set<Channel> heard =
        settings.fanout().publishes()
            ? Set.of(Channel.CHANGES, Channel.REQUESTS)
            : Set.of(Channel.CHANGES);
    try {
      bus.check(heard);
    } catch (BusException e) {
      if (e.mayPass()) {
        LOG.debug("{} does not answer yet", bus, e);
        return;
      }
      throw new FreshetConfigurationException(
          "%s=%s does not work: %s"
              .formatted(address.broker().addressSetting(), address.shownAddress(), e.getMessage()),
          e);
    }
  }
}
