package io.freshet.load;

import io.freshet.bus.Bus;
import io.freshet.bus.BusConnection;
import io.freshet.bus.BusException;
import io.freshet.bus.BusListener;
import io.freshet.bus.Channel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** A bus, and how many messages nodes receive and send by it. Thread-safe. */
final class CountingBus implements Bus {

  private final Bus bus;
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();

  CountingBus(Bus bus) {
    this.bus = bus;
  }

  long received() {
    return received.sum();
  }

  long sent() {
    return sent.sum();
  }

  @Override
  public BusConnection connect(Set<Channel> heard, BusListener listener) throws BusException {
    BusConnection connection = bus.connect(heard, new CountingListener(listener));
    return new BusConnection() {
      @Override
      public CompletableFuture<Void> publish(Channel channel, byte[] message) {
        sent.increment();
        return connection.publish(channel, message);
      }

      @Override
      public void close() {
        connection.close();
      }
    };
  }

  @Override
  public String toString() {
    return bus.toString();
  }

  private final class CountingListener implements BusListener {
    private final BusListener listener;

    CountingListener(BusListener listener) {
      this.listener = listener;
    }

    @Override
    public void received(Channel channel, byte[] message) {
      received.increment();
      listener.received(channel, message);
    }

    @Override
    public void blocked(String reason) {
      listener.blocked(reason);
    }

    @Override
    public void lost(String reason) {
      listener.lost(reason);
    }
  }
}
