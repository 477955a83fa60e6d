package io.freshet.torture;

import io.freshet.relay.RelaySettings.Source;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ways in which nodes hear of changes. */
enum Mode {
  /** Triggers. */
  NOTIFY(null),
  /** Logical replication. */
  WAL(null),
  /** A relay that reads the log, and Redis. */
  REDIS(Source.WAL),
  /** A relay that listens to triggers, and RabbitMQ. */
  RABBITMQ(Source.NOTIFY),
  /** Nodes that tell each other over Redis. Nobody else writes. */
  PUBLISH(null);

  private final @Nullable Source relay;

  Mode(@Nullable Source relay) {
    this.relay = relay;
  }

  /** How the relay listens, if there is one. */
  Optional<Source> relay() {
    return Optional.ofNullable(relay);
  }

  boolean hasBroker() {
    return relay != null || this == PUBLISH;
  }

  /** Whether there are others who write. */
  boolean hasOutsiders() {
    return this != PUBLISH;
  }

  /** What can break. */
  Set<FaultKind> faults() {
    Set<FaultKind> faults =
        EnumSet.of(
            FaultKind.END_APPLICATION,
            FaultKind.FREEZE_APPLICATION,
            FaultKind.PAUSE_NODE,
            FaultKind.CLOCK,
            FaultKind.RESTART_DATABASE,
            FaultKind.CRASH_DATABASE);
    if (this != PUBLISH) {
      faults.addAll(Set.of(FaultKind.END_FEED, FaultKind.FREEZE_FEED));
    }
    if (hasBroker()) {
      faults.addAll(Set.of(FaultKind.KILL_BROKER, FaultKind.FREEZE_BROKER));
    }
    if (relay != null) {
      faults.addAll(Set.of(FaultKind.KILL_RELAY, FaultKind.FREEZE_RELAY));
    }
    return faults;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
