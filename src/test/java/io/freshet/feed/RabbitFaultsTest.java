package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.relay.RelaySettings.Source;
import io.freshet.testing.RabbitServer;
import io.freshet.testing.TestBroker;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Something happens to RabbitMQ. */
class RabbitFaultsTest extends BrokerFaults {

  private static final int MOST_WAITING = 50_000;

  RabbitFaultsTest() {
    super(Source.NOTIFY);
  }

  @Override
  TestBroker broker() {
    return FragileBrokers.rabbit();
  }

  private RabbitServer rabbit() {
    return (RabbitServer) broker;
  }

  @Test
  void memoryAlarm_stopsAll_isTheReason_andPasses() {
    try (Witness witness = fleet.watch()) {
      witness.goOn(50);
      List<Long> before = fleet.resets();
      List<Long> reconnects = fleet.reconnects();

      rabbit().alarm(true);

      try {
        fleet.awaitReasons(reason -> reason.contains("memory"));
        awaitThat(() -> fleet.relay.relay().status().trouble().contains("memory"));
        assertThat(fleet.relay.relay().status().isHealthy()).isFalse();
        witness.goOn(100);
        assertThat(fleet.relay.relay().status().work().orElseThrow().sender().waiting())
            .isLessThanOrEqualTo(MOST_WAITING);
      } finally {
        rabbit().alarm(false);
      }
      fleet.awaitAllOpen();
      awaitThat(() -> fleet.relay.relay().status().isHealthy());
      witness.goOn(50);
      witness.requireAllFresh();
      if (fleet.reconnects().equals(reconnects)) {
        // nothing was lost, only late
        assertThat(fleet.resets()).isEqualTo(before);
      }
    }
  }
}
