package io.freshet.load;

import io.freshet.BusSettings.Broker;
import io.freshet.relay.RelaySettings.Source;
import java.util.Optional;

/** How nodes hear of the writes to a variant's table: straight from PostgreSQL, or from a relay. */
enum Route {
  NOTIFY("notify", Variant.NOTIFY, Optional.empty()),
  WAL("wal", Variant.WAL, Optional.empty()),
  REDIS_OVER_WAL("redis over wal", Variant.WAL, Optional.of(Broker.REDIS)),
  REDIS_OVER_NOTIFY("redis over notify", Variant.NOTIFY, Optional.of(Broker.REDIS)),
  RABBITMQ_OVER_WAL("rabbitmq over wal", Variant.WAL, Optional.of(Broker.RABBITMQ));

  private final String label;
  private final Variant variant;
  private final Optional<Broker> broker;

  Route(String label, Variant variant, Optional<Broker> broker) {
    this.label = label;
    this.variant = variant;
    this.broker = broker;
  }

  String label() {
    return label;
  }

  /** Whose table is written. */
  Variant variant() {
    return variant;
  }

  /** What the relay tells over; empty where there is no relay. */
  Optional<Broker> broker() {
    return broker;
  }

  /** How the relay listens, if there is one. */
  Source source() {
    return variant == Variant.WAL ? Source.WAL : Source.NOTIFY;
  }
}
