package io.freshet.cli;

import io.freshet.BusSettings;
import io.freshet.bus.Bus;
import io.freshet.bus.BusException;
import io.freshet.bus.Channel;
import io.freshet.change.TrackedTable;
import io.freshet.fanout.BusFeed;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** What {@code doctor} finds out about a bus. Stateless. */
final class BusCheck {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private BusCheck() {}

  /** Connects as a node does, and waits for a relay's answer. */
  static void run(BusSettings settings, Findings findings) throws CliException {
    Bus bus = BusOptions.open(settings);
    String subject = "bus";
    try {
      bus.check(Set.of(Channel.CHANGES));
      findings.ok(
          subject, "%s answers, and channel %s may be heard".formatted(bus, settings.channel()));
    } catch (BusException e) {
      findings.error(
          subject,
          String.valueOf(e.getMessage()),
          e.mayPass()
              ? "start it, or correct the address"
              : "correct the user, its rights or the address");
      return;
    }
    answers(bus, settings, findings);
  }

  private static void answers(Bus bus, BusSettings settings, Findings findings) {
    AtomicReference<List<TrackedTable>> tables = new AtomicReference<>(List.of());
    FirstBarrier round = new FirstBarrier();
    try (BusFeed feed = BusOptions.feed(bus, tables::set)) {
      feed.start(round);
      if (!round.await(PATIENCE)) {
        findings.error(
            "relay",
            "no answer within %d s: %s".formatted(PATIENCE.toSeconds(), feed.trouble()),
            "start one on this channel: freshet relay --channel " + settings.channel());
      } else if (!feed.tellsEverything()) {
        findings.warning(
            "relay",
            "nodes publish on this channel, but there is no relay: writes past them are not told",
            "freshet relay --channel " + settings.channel());
      } else {
        findings.ok(
            "relay",
            "it answers within %s, and tells of %d table(s)"
                .formatted(
                    Durations.millis(round.lagNanos()),
                    Objects.requireNonNull(tables.get()).size()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
