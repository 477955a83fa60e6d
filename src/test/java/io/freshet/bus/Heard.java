package io.freshet.bus;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes down what a listener is told, and whether the calls keep their promises. Thread-safe. */
class Heard implements BusListener {

  /**
   * A message.
   *
   * @param text its bytes, as Latin-1
   */
  record Message(Channel channel, String text) {}

  private final AtomicBoolean inCall = new AtomicBoolean();
  private final List<Message> messages = new ArrayList<>();
  private final List<String> blocked = new ArrayList<>();
  private final List<String> lost = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  @Override
  public void received(Channel channel, byte[] message) {
    call(() -> messages.add(new Message(channel, BusLab.text(message))));
  }

  @Override
  public void blocked(String reason) {
    call(() -> blocked.add(Objects.requireNonNull(reason)));
  }

  @Override
  public void lost(String reason) {
    call(() -> lost.add(reason));
  }

  private void call(Runnable what) {
    boolean free = inCall.compareAndSet(false, true);
    synchronized (this) {
      if (!free) {
        broken.add("two calls at the same time");
      }
      if (!lost.isEmpty()) {
        broken.add("a call after the end");
      }
      what.run();
    }
    inCall.set(false);
  }

  synchronized List<Message> messages() {
    return List.copyOf(messages);
  }

  /** The texts of the messages on one channel. */
  synchronized List<String> texts(Channel channel) {
    return messages.stream().filter(one -> one.channel() == channel).map(Message::text).toList();
  }

  synchronized List<String> blocked() {
    return List.copyOf(blocked);
  }

  synchronized List<String> lost() {
    return List.copyOf(lost);
  }

  synchronized List<String> broken() {
    return List.copyOf(broken);
  }
}
