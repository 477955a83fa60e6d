package io.freshet.feed;

import static io.freshet.feed.FaultyNode.awaitThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.feed.Shelf.Item;
import io.freshet.testing.PrivateServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/**
 * Watches nodes while something happens: one thread commits ever greater prices, past the nodes and
 * through them, and one for each node reads them as the application does. What was read must be as
 * young as what had been committed {@code bound} before, and nothing may fail. Thread-safe.
 *
 * <p>A price counts as committed once the commit has returned, and as read when the reading began:
 * both in favour of the node by as little as a call takes.
 */
final class Witness implements AutoCloseable {

  /** So many that none is written again, and a missed change made good, for seconds. */
  private static final int ROWS = 500;

  private static final int ROWS_READ_TOGETHER = 50;
  private static final int THROUGH_NODE = 8;
  private static final Duration WRITES = Duration.ofMillis(4);
  private static final Duration READS = Duration.ofMillis(1);

  private final String url;
  private final Duration bound;
  private final List<SessionFactoryImplementor> nodes;
  private final List<ConcurrentSkipListMap<Long, Integer>> committed = new ArrayList<>();
  private final Queue<String> stale = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final ScheduledExecutorService executor;
  private final long hitsBefore;
  private volatile boolean outage;
  private int price;
  private Connection connection;

  private Witness(String url, Duration bound, List<SessionFactoryImplementor> nodes) {
    this.url = url;
    this.bound = bound;
    this.nodes = List.copyOf(nodes);
    this.executor = Executors.newScheduledThreadPool(nodes.size() + 1, Witness::thread);
    this.hitsBefore = hits();
    for (int row = 0; row < ROWS; row++) {
      committed.add(new ConcurrentSkipListMap<>());
    }
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "test-witness");
    thread.setDaemon(true);
    return thread;
  }

  /** Begins to write and to read. */
  static Witness on(String url, Duration bound, List<SessionFactoryImplementor> nodes) {
    Witness witness = new Witness(url, bound, nodes);
    witness.begin();
    return witness;
  }

  private void begin() {
    price =
        Integer.parseInt(
            PrivateServer.query(url, "select coalesce(max(price), 0) from item").get(0));
    PrivateServer.execute(
        url,
        "insert into item (id, price) select i, %d from generate_series(1, %d) i on conflict do nothing"
            .formatted(price, ROWS));
    every(WRITES, this::write);
    nodes.forEach(node -> every(READS, () -> read(node)));
  }

  /** What fails is reported, and does not end the repetition. */
  private void every(Duration pause, Work work) {
    Runnable noted =
        () -> {
          try {
            work.run();
          } catch (SQLException | RuntimeException e) {
            if (!outage) {
              failures.add(e);
            }
          }
        };
    var unused = executor.scheduleWithFixedDelay(noted, 0, pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  private interface Work {
    void run() throws SQLException;
  }

  private void write() throws SQLException {
    int row = price % ROWS;
    int next = ++price;
    if (next % THROUGH_NODE == 0) {
      SessionFactoryImplementor node = nodes.get(next / THROUGH_NODE % nodes.size());
      node.inTransaction(session -> session.find(Item.class, row + 1L).price = next);
    } else {
      past(row, next);
    }
    committed.get(row).put(System.nanoTime(), next);
    writes.incrementAndGet();
  }

  private void past(int row, int next) throws SQLException {
    if (connection == null || connection.isClosed()) {
      connection = DriverManager.getConnection(url);
    }
    try (PreparedStatement update =
        connection.prepareStatement("update item set price = ? where id = ?")) {
      update.setInt(1, next);
      update.setInt(2, row + 1);
      update.executeUpdate();
    }
  }

  private void read(SessionFactoryImplementor node) {
    node.inTransaction(
        session -> {
          for (int i = 0; i < ROWS_READ_TOGETHER; i++) {
            int row = ThreadLocalRandom.current().nextInt(ROWS);
            Map.Entry<Long, Integer> least =
                committed.get(row).floorEntry(System.nanoTime() - bound.toNanos());
            judge(row, session.find(Item.class, row + 1L), least);
            session.clear();
          }
        });
    reads.incrementAndGet();
  }

  private void judge(int row, Item found, Map.Entry<Long, Integer> least) {
    if (least != null && found.price < least.getValue()) {
      stale.add(
          "item %d: %d, though %d was committed %d ms before"
              .formatted(
                  row + 1,
                  found.price,
                  least.getValue(),
                  TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - least.getKey())));
    }
  }

  private long hits() {
    return nodes.stream().mapToLong(n -> n.getStatistics().getSecondLevelCacheHitCount()).sum();
  }

  /** Whether calls of the application may fail from now on, since its database is down. */
  void outage(boolean begins) {
    outage = begins;
  }

  /** Waits until as much again has been written and read. */
  void goOn(int more) {
    long written = writes.get() + more;
    long read = reads.get() + more;
    awaitThat(() -> (writes.get() >= written && reads.get() >= read) || !stale.isEmpty());
    requireNothingWrong();
  }

  /** Nothing stale was read so far, and nothing has failed. */
  void requireNothingWrong() {
    assertThat(stale).isEmpty();
    assertThat(failures).isEmpty();
  }

  /**
   * Ends the writing and reading: each node comes to hold what was written last, and nothing was
   * wrong.
   */
  void requireAllFresh() {
    end();
    requireNothingWrong();
    List<Integer> expected =
        PrivateServer.query(
                url, "select price from item where id <= %d order by id".formatted(ROWS))
            .stream()
            .map(Integer::valueOf)
            .toList();
    for (SessionFactoryImplementor node : nodes) {
      awaitThat(() -> Nodes.feed(node).open());
      Nodes.settle(node);
      assertThat(prices(node)).isEqualTo(expected);
      // a lease may have run out meanwhile
      awaitThat(() -> !prices(node).isEmpty() && Nodes.holds(node, Item.class, 1L));
    }
    assertThat(hits()).as("hits").isGreaterThan(hitsBefore);
  }

  private static List<Integer> prices(SessionFactoryImplementor node) {
    return node.fromTransaction(
        session ->
            LongStream.rangeClosed(1, ROWS)
                .mapToObj(id -> session.find(Item.class, id).price)
                .toList());
  }

  private void end() {
    executor.shutdown();
    try {
      assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      if (connection != null) {
        connection.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
