package io.freshet.torture;

import java.time.Duration;
import java.util.Locale;

/** What can break. */
enum FaultKind {
  /** {@code pg_terminate_backend} of the feeds' connections. */
  END_FEED,
  /** SIGSTOP of the backends that serve the feeds, listeners and WAL senders. */
  FREEZE_FEED,
  /** {@code pg_terminate_backend} of the connections of nodes' transactions. */
  END_APPLICATION,
  /** SIGSTOP of a backend that works for a node's transaction. */
  FREEZE_APPLICATION,
  /** SIGSTOP of a node. */
  PAUSE_NODE,
  /** A node's wall clock steps. */
  CLOCK,
  /** A fast shutdown. */
  RESTART_DATABASE(Duration.ofSeconds(1)),
  /** An immediate shutdown, and recovery. */
  CRASH_DATABASE(Duration.ofSeconds(1)),
  /** SIGKILL of the broker, which then starts again. */
  KILL_BROKER(Duration.ofSeconds(8)),
  /** SIGSTOP of the broker. */
  FREEZE_BROKER,
  /** SIGKILL of the relay, which then starts again. */
  KILL_RELAY(Duration.ofSeconds(4)),
  /** SIGSTOP of the relay. */
  FREEZE_RELAY;

  private final Duration restart;

  FaultKind() {
    this(Duration.ZERO);
  }

  FaultKind(Duration restart) {
    this.restart = restart;
  }

  /** How long, roughly, what was ended takes to start again: without it the cache stands aside. */
  Duration restart() {
    return restart;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
