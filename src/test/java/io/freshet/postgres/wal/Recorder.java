package io.freshet.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.freshet.change.Change;
import io.freshet.change.TableName;
import io.freshet.postgres.tracking.Coverage;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads a stream on a thread of its own, and keeps what it tells and every message. */
final class Recorder implements AutoCloseable {

  /** A moment of a stream: what it told, when. */
  record Told(WalEvent event, long nanos) {}

  private static final AtomicInteger BARRIERS = new AtomicInteger();
  private static final int TIMEOUT_SECONDS = 20;

  final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  final ConcurrentLinkedQueue<byte[]> messages = new ConcurrentLinkedQueue<>();
  final WalStream stream;
  final Connection side;
  volatile Exception failure;
  private final Thread thread;

  Recorder(WalStream stream, int maxKeys, Coverage.Table... tables) throws Exception {
    this(stream, maxKeys, Set.of(), tables);
  }

  Recorder(WalStream stream, int maxKeys, Set<Long> mixedIdentity, Coverage.Table... tables)
      throws Exception {
    this.stream = stream;
    side = WalServer.connect();
    stream.start();
    TransactionReader reader =
        new TransactionReader(
            new Coverage(List.of(tables), Set.of(), Map.of(), Map.of(), List.of()),
            maxKeys,
            mixedIdentity);
    thread = new Thread(() -> read(reader), "recorder");
    thread.start();
  }

  static Coverage.Table table(String name, List<String> key, String... watched) {
    TableName table = TableName.parse(name);
    long oid = Long.parseLong(WalServer.query("select '" + name + "'::regclass::oid"));
    return new Coverage.Table(oid, table, key, List.of(watched));
  }

  private void read(TransactionReader reader) {
    try {
      while (true) {
        ByteBuffer message = stream.read();
        byte[] copy = new byte[message.remaining()];
        message.duplicate().get(copy);
        messages.add(copy);
        WalEvent event = reader.accept(message);
        if (event != null) {
          told.add(new Told(event, System.nanoTime()));
        }
      }
    } catch (SQLException | MalformedReplicationException | RuntimeException e) {
      failure = e;
    }
  }

  /** The next event, whatever it is. */
  Told next() throws InterruptedException {
    Told next = told.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    assertThat(next).as("an event; the reader ended with %s", failure).isNotNull();
    return next;
  }

  /** Everything that came before a barrier sent now. */
  List<WalEvent> untilBarrier() throws Exception {
    String nonce = "barrier-" + BARRIERS.incrementAndGet();
    WalStream.sendBarrier(side, nonce);
    List<WalEvent> events = new ArrayList<>();
    for (WalEvent event = next().event();
        !event.equals(new WalEvent.Barrier(nonce));
        event = next().event()) {
      events.add(event);
    }
    return events;
  }

  /** The changes of the only transaction until now. */
  List<Change> changes() throws Exception {
    List<WalEvent> events = untilBarrier();
    assertThat(events).hasSize(1);
    return ((WalEvent.Committed) events.get(0)).changes().changes();
  }

  @Override
  public void close() throws SQLException {
    stream.close();
    await().until(() -> !thread.isAlive());
    side.close();
  }
}
