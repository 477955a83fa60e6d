package io.freshet.torture;

import io.freshet.testing.PrivateServer;
import io.freshet.testing.RelayProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.awaitility.Awaitility;

/** Does what the schedule says, and notes when. Used by one thread. */
final class Faults {

  private static final int CLOCK_RANGE_SECONDS = 600;

  /** Until what was stopped goes on, on a machine with too much other work. */
  private static final int LONGEST_MINUTES = 10;

  /**
   * A fault that was.
   *
   * @param failure why it could not be done, or empty
   */
  record Done(Fault fault, long begin, long end, String failure) {

    @Override
    public String toString() {
      return "%s for %.0f ms%s"
          .formatted(
              fault.kind(), (end - begin) / 1e6, failure.isEmpty() ? "" : ", failed: " + failure);
    }
  }

  private final Stage stage;
  private final List<Done> done = new ArrayList<>();
  // the database is not stopped twice at once, nor the broker or the relay
  private final ReentrantLock database = new ReentrantLock();
  private final ReentrantLock broker = new ReentrantLock();
  private final ReentrantLock relay = new ReentrantLock();
  private final ReentrantLock node = new ReentrantLock();

  Faults(Stage stage) {
    this.stage = stage;
  }

  /** Runs until the schedule is over and everything that was stopped goes on. */
  List<Done> run(List<Fault> schedule, long start) {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (Fault fault : schedule) {
        pause(start + fault.after().toNanos() - System.nanoTime());
        threads.execute(() -> perform(fault));
      }
    } finally {
      threads.shutdown();
      await(threads);
    }
    synchronized (done) {
      return List.copyOf(done);
    }
  }

  private static void await(ExecutorService threads) {
    try {
      if (!threads.awaitTermination(LONGEST_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException("a fault does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pause(long nanos) {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void pause(Duration duration) {
    pause(duration.toNanos());
  }

  private void perform(Fault fault) {
    long begin = System.nanoTime();
    String failure = "";
    try {
      dispatch(fault);
    } catch (RuntimeException e) {
      failure = e.toString();
    }
    synchronized (done) {
      done.add(new Done(fault, begin, System.nanoTime(), failure));
    }
  }

  private void dispatch(Fault fault) {
    switch (fault.kind()) {
      case END_FEED -> end("application_name = 'freshet'");
      case END_APPLICATION -> end("application_name like 'torture-node%'");
      case FREEZE_FEED ->
          alone(database, () -> freeze(processes("application_name = 'freshet'"), fault.lasting()));
      case FREEZE_APPLICATION -> alone(database, () -> freezeOne(fault));
      case PAUSE_NODE -> alone(node, () -> pauseNode(fault));
      case CLOCK ->
          last().setClock(fault.choice() % (2 * CLOCK_RANGE_SECONDS) - CLOCK_RANGE_SECONDS);
      case RESTART_DATABASE -> alone(database, () -> restart(stage.server()::stop));
      case CRASH_DATABASE -> alone(database, () -> restart(stage.server()::crash));
      case KILL_BROKER -> alone(broker, () -> killBroker(fault));
      case FREEZE_BROKER -> alone(broker, () -> freezeBroker(fault));
      case KILL_RELAY -> alone(relay, () -> killRelay(fault));
      case FREEZE_RELAY -> alone(relay, () -> freezeRelay(fault));
    }
  }

  /** What is being hurt already is spared: on a slow machine faults would queue up. */
  private static void alone(ReentrantLock lock, Runnable fault) {
    if (!lock.tryLock()) {
      throw new IllegalStateException("another one of the kind still lasts");
    }
    try {
      fault.run();
    } finally {
      lock.unlock();
    }
  }

  private NodeProcess target(Fault fault) {
    return stage.nodes().get(fault.choice() / 1_000 % stage.nodes().size());
  }

  /** The one whose clock can step. */
  private NodeProcess last() {
    return stage.nodes().get(stage.nodes().size() - 1);
  }

  private void end(String which) {
    PrivateServer.query(
        stage.url(), "select pg_terminate_backend(pid) from pg_stat_activity where " + which);
  }

  private List<String> processes(String which) {
    return PrivateServer.query(
        stage.url(), "select pid from pg_stat_activity where pid <> pg_backend_pid() and " + which);
  }

  private void freezeOne(Fault fault) {
    List<String> found = processes("application_name like 'torture-node%' and state <> 'idle'");
    if (!found.isEmpty()) {
      freeze(List.of(found.get(fault.choice() % found.size())), fault.lasting());
    }
  }

  private static void freeze(List<String> pids, Duration lasting) {
    pids.forEach(pid -> signal("STOP", pid));
    pause(lasting);
    pids.forEach(pid -> signal("CONT", pid));
  }

  /** It may have ended meanwhile. */
  private static void signal(String name, String pid) {
    if (ProcessHandle.of(Long.parseLong(pid)).isPresent()) {
      PrivateServer.signal(name, pid);
    }
  }

  private void pauseNode(Fault fault) {
    NodeProcess paused = target(fault);
    paused.freeze();
    pause(fault.lasting());
    paused.thaw();
  }

  /** A run without its database would show nothing. */
  private void restart(Runnable stop) {
    stop.run();
    Awaitility.await()
        .atMost(Duration.ofMinutes(LONGEST_MINUTES))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(
            () -> {
              if (!answers()) {
                stage.server().startAgain();
              }
              return true;
            });
  }

  private boolean answers() {
    try {
      return !PrivateServer.query(stage.url(), "select 1").isEmpty();
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private void killBroker(Fault fault) {
    stage.broker().kill();
    pause(fault.lasting().dividedBy(4));
    stage.broker().restart();
  }

  private void freezeBroker(Fault fault) {
    stage.broker().freeze();
    pause(fault.lasting());
    stage.broker().thaw();
  }

  private void killRelay(Fault fault) {
    stage.relay().kill();
    pause(fault.lasting().dividedBy(4));
    // it does not start while the database or the broker is down
    Awaitility.await()
        .atMost(Duration.ofMinutes(LONGEST_MINUTES))
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsInstanceOf(IllegalStateException.class)
        .until(
            () -> {
              stage.startRelay();
              return true;
            });
  }

  private void freezeRelay(Fault fault) {
    RelayProcess frozen = stage.relay();
    frozen.freeze();
    pause(fault.lasting());
    frozen.thaw();
  }
}
