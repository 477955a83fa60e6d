package io.freshet.relay;

import io.freshet.FreshetConfigurationException;
import io.freshet.Message;
import io.freshet.Names;
import io.freshet.bus.Bus;
import io.freshet.bus.BusException;
import io.freshet.bus.Channel;
import io.freshet.concurrent.Backoff;
import io.freshet.concurrent.Bell;
import io.freshet.concurrent.Threads;
import io.freshet.postgres.feed.FeedFailure;
import io.freshet.postgres.feed.TrackingGapException;
import io.freshet.postgres.tracking.Server;
import io.freshet.postgres.wal.SlotState;
import io.freshet.relay.RelaySettings.Source;
import io.freshet.relay.RelayStatus.Role;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one process that listens to PostgreSQL for all nodes, and tells them over a bus. Several may
 * run: one leads, the others stand by. Heals itself. Thread-safe.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>The relay opens a session and asks for the advisory lock of its channel until it has it.
 *   <li>It is the leader for a {@link Term}, and asks the session every second whether it still
 *       exists; if not, the term is abandoned, and it begins again as a standby.
 *   <li>Closed, it tells what has come so far, says goodbye, and gives the lock back.
 * </ol>
 */
public final class Relay implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration STANDBY_PAUSE = Duration.ofMillis(500);
  private static final Duration LEADER_PAUSE = Duration.ofSeconds(1);

  private final RelaySettings settings;
  private final Bus bus;
  private final String name;
  private final Backoff backoff = Backoff.of(FIRST_PAUSE, LONGEST_PAUSE);
  private final Bell bell = new Bell();
  private final Thread thread = Threads.daemon("freshet-relay", this::keepLeading);
  private volatile boolean closed;
  private volatile Role role = Role.SEEKING;
  private volatile String trouble = "it has not begun yet";
  private final AtomicLong terms = new AtomicLong();
  private volatile @Nullable Term term;
  private volatile @Nullable SlotState slot;
  private volatile @Nullable Leadership leadership;
  private boolean slotWarned;
  private String warned = "";

  private Relay(RelaySettings settings, Bus bus) {
    this.settings = settings;
    this.bus = bus;
    this.name = Names.unique("relay-");
  }

  /**
   * Starts a relay. It begins to listen as soon as it can: database and broker may be down.
   *
   * @throws FreshetConfigurationException if it can never work as it is set: a client library that
   *     is missing, an address that cannot be read, a wrong password, a server that is too old
   */
  public static Relay start(RelaySettings settings) {
    Bus bus = Bus.of(settings.bus(), settings.database().patience());
    Relay relay = new Relay(settings, bus);
    relay.checkDatabase();
    relay.checkBus();
    relay.thread.start();
    return relay;
  }

  private void checkDatabase() {
    try (Connection connection = settings.database().connect()) {
      TrackingGapException.throwIfAny(Server.check(connection));
    } catch (TrackingGapException e) {
      throw new FreshetConfigurationException(String.valueOf(e.getMessage()), e);
    } catch (SQLException e) {
      if (!FeedFailure.mayPass(e)) {
        throw new FreshetConfigurationException(FeedFailure.explain(e, settings.database()), e);
      }
      trouble = FeedFailure.explain(e, settings.database());
    }
  }

  private void checkBus() {
    try {
      bus.check(Set.of(Channel.REQUESTS));
    } catch (BusException e) {
      if (!e.mayPass()) {
        throw new FreshetConfigurationException(String.valueOf(e.getMessage()), e);
      }
      trouble = String.valueOf(e.getMessage());
    }
  }

  private void keepLeading() {
    while (!closed) {
      try (Leadership session = Leadership.open(settings.database())) {
        leadership = session;
        role = Role.STANDBY;
        trouble = "";
        warned = "";
        if (awaitLock(session)) {
          lead(session);
        }
      } catch (SQLException | RuntimeException | Error e) {
        if (!closed) {
          tell(FeedFailure.explain(e, settings.database()));
          LOG.debug("The relay has lost the database", e);
        }
      } catch (InterruptedException e) {
        return; // closed
      } finally {
        leadership = null;
        role = Role.SEEKING;
      }
      try {
        if (!closed) {
          Bell.pause(backoff.nextNanos());
        }
      } catch (InterruptedException e) {
        return; // closed
      }
    }
  }

  /** Warns once of what keeps coming back with each attempt. */
  private void tell(String problem) {
    trouble = problem;
    if (!problem.equals(warned)) {
      warned = problem;
      Message.RELAY_INTERRUPTED.warn(LOG, problem);
    }
  }

  private boolean awaitLock(Leadership session) throws SQLException, InterruptedException {
    while (!closed) {
      if (session.acquire(settings.bus().channel())) {
        return true;
      }
      backoff.reset();
      bell.await(STANDBY_PAUSE.toNanos());
    }
    return false;
  }

  private void lead(Leadership session) throws SQLException, InterruptedException {
    Term leading =
        new Term(
            settings,
            bus,
            name,
            new Term.Start(session.micros(), Server.identity(session.connection())));
    term = leading;
    terms.incrementAndGet();
    role = Role.LEADER;
    LOG.info("{} leads on {}", name, settings.bus());
    boolean held = false;
    try {
      leading.start();
      while (!closed) {
        bell.await(LEADER_PAUSE.toNanos());
        if (closed) {
          break;
        }
        session.micros();
        backoff.reset();
        leading.beat();
        watchSlot(session);
      }
      held = true;
    } finally {
      try {
        if (held) {
          leading.close();
        } else {
          leading.abandon();
        }
      } finally {
        // not before: who closes the relay cuts short what is no term
        term = null;
        slot = null;
      }
    }
  }

  private void watchSlot(Leadership session) throws SQLException {
    if (settings.source() != Source.WAL) {
      return;
    }
    SlotState state = SlotState.read(session.connection(), settings.limits().slot());
    slot = state;
    boolean large = state.retainedBytes() > settings.limits().slotWarningBytes();
    if (large && !slotWarned) {
      Message.RELAY_SLOT.warn(LOG, settings.limits().slot(), state.retainedBytes() >> 20);
    }
    slotWarned = large;
  }

  /** What the relay does at the moment. */
  public RelayStatus status() {
    Term current = term;
    String known = trouble;
    return new RelayStatus(
        role,
        current == null ? known : current.trouble(),
        terms.get(),
        Optional.ofNullable(current).map(Term::work),
        Optional.ofNullable(slot));
  }

  /**
   * Ends the relay: tells what has come so far, says goodbye, and gives the lock back. Takes some
   * seconds at most.
   */
  @Override
  public void close() {
    closed = true;
    bell.ring();
    if (term == null) {
      // nothing to be told: whatever the thread waits for may be cut
      Leadership session = leadership;
      if (session != null) {
        session.close();
      }
      thread.interrupt();
    }
    Threads.awaitEnd(thread);
  }
}
