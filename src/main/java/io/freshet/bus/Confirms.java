package io.freshet.bus;

import com.rabbitmq.client.ConfirmListener;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/** Messages that RabbitMQ has not confirmed yet, by their number in the channel. Thread-safe. */
final class Confirms implements ConfirmListener {

  private final ConcurrentNavigableMap<Long, CompletableFuture<Void>> waiting =
      new ConcurrentSkipListMap<>();

  /** A message is about to be sent. */
  CompletableFuture<Void> expect(long number) {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    waiting.put(number, confirmed);
    return confirmed;
  }

  @Override
  public void handleAck(long number, boolean multiple) {
    settle(number, multiple, confirmed -> confirmed.complete(null));
  }

  @Override
  public void handleNack(long number, boolean multiple) {
    BusException refused = new BusException("RabbitMQ could not take a message in", null);
    settle(number, multiple, confirmed -> confirmed.completeExceptionally(refused));
  }

  /** Nothing is confirmed any more. */
  void fail(String reason) {
    BusException failure = new BusException("A message was not confirmed: " + reason, null);
    settle(Long.MAX_VALUE, true, confirmed -> confirmed.completeExceptionally(failure));
  }

  private void settle(
      long number, boolean multiple, Consumer<? super CompletableFuture<Void>> how) {
    NavigableMap<Long, CompletableFuture<Void>> settled =
        multiple ? waiting.headMap(number, true) : waiting.subMap(number, true, number, true);
    settled.keySet().forEach(one -> settleOne(one, how));
  }

  private void settleOne(long number, Consumer<? super CompletableFuture<Void>> how) {
    CompletableFuture<Void> confirmed = waiting.remove(number);
    if (confirmed != null) {
      how.accept(confirmed);
    }
  }
}
