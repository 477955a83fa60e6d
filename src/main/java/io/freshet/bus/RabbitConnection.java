package io.freshet.bus;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Two AMQP connections, one that publishes and one that hears: a broker that is short of memory
 * stops reading from the first, and the second goes on. Only the first, where nothing is heard.
 * Thread-safe as its interface says.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>The exchanges of both channels are looked for, which needs no right, and declared if
 *       missing. A queue for each heard channel is declared, bound and consumed, before {@link
 *       #open} returns.
 *   <li>The first of these ends the whole: a connection or one of its channels is ended, two
 *       heartbeats are missing, or a queue is deleted. Nothing is recovered.
 *   <li>As it ends, what was not confirmed fails. What is sent meanwhile is entered before the end
 *       is looked at, and the end is known before what was entered fails: none is forgotten.
 * </ol>
 */
final class RabbitConnection implements BusConnection {

  /**
   * What a queue holds for a listener that does not read; beyond that the oldest goes, which the
   * listener notices by the numbers of the messages. It never holds up who publishes.
   */
  private static final Map<String, Object> BOUNDS =
      Map.of(
          "x-max-length",
          10_000,
          "x-max-length-bytes",
          64 << 20,
          "x-overflow",
          "drop-head",
          "x-queue-type",
          "classic");

  private static final BasicProperties PROPERTIES =
      new BasicProperties.Builder().contentType("application/octet-stream").deliveryMode(1).build();

  private static final int NOT_FOUND = 404;

  /** ACCESS_REFUSED, PRECONDITION_FAILED, NOT_ALLOWED. */
  private static final Set<Integer> REFUSALS = Set.of(403, 406, 530);

  private final RabbitBus bus;
  private final GuardedListener listener;
  private final List<RabbitLink> links = new ArrayList<>();
  private final Confirms confirms = new Confirms();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final com.rabbitmq.client.Channel publishing;

  private RabbitConnection(RabbitBus bus, Set<Channel> heard, GuardedListener listener)
      throws BusException {
    this.bus = bus;
    this.listener = listener;
    CompletableFuture<Void> unused = listener.end().thenAccept(confirms::fail);
    try {
      RabbitLink sender = link("publishes");
      for (Channel channel : Channel.values()) {
        ensureExchange(sender, bus.name(channel));
      }
      sender
          .connection()
          .addBlockedListener(
              reason -> listener.blocked(reason.isEmpty() ? "short of resources" : reason),
              () -> listener.blocked(""));
      this.publishing = sender.channel();
      publishing.confirmSelect();
      publishing.addConfirmListener(confirms);
      if (!heard.isEmpty()) {
        RabbitLink reader = link("hears");
        for (Channel channel : heard) {
          hear(reader, channel);
        }
      }
      listener.open();
    } catch (IOException | TimeoutException | ShutdownSignalException e) {
      close();
      String text = "RabbitMQ at %s cannot be used: %s".formatted(bus, RabbitLink.reason(e));
      throw isRefusal(e) ? BusException.lasting(text, e) : new BusException(text, e);
    } catch (BusException | RuntimeException e) {
      close();
      throw e;
    }
  }

  static RabbitConnection open(RabbitBus bus, Set<Channel> heard, BusListener listener)
      throws BusException {
    return new RabbitConnection(bus, heard, new GuardedListener(listener));
  }

  /** Whether the broker has understood, and will not: a password, a right, a virtual host. */
  private static boolean isRefusal(Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      if (one instanceof PossibleAuthenticationFailureException
          || (one instanceof ShutdownSignalException signal && REFUSALS.contains(code(signal)))) {
        return true;
      }
    }
    return false;
  }

  private static int code(ShutdownSignalException signal) {
    if (signal.getReason() instanceof AMQP.Connection.Close close) {
      return close.getReplyCode();
    }
    return signal.getReason() instanceof AMQP.Channel.Close close ? close.getReplyCode() : 0;
  }

  private RabbitLink link(String does) throws IOException, TimeoutException {
    String name = "freshet %s %s".formatted(bus.name(Channel.CHANGES), does);
    RabbitLink link = new RabbitLink(bus.factory(), name, this::lost);
    links.add(link);
    return link;
  }

  private void ensureExchange(RabbitLink link, String exchange)
      throws IOException, TimeoutException, BusException {
    com.rabbitmq.client.Channel looking = link.trial();
    try {
      looking.exchangeDeclarePassive(exchange);
      looking.close();
    } catch (IOException e) {
      if (!isMissing(e)) {
        throw e;
      }
      declare(link, exchange);
    }
  }

  private static boolean isMissing(IOException failure) {
    return failure.getCause() instanceof ShutdownSignalException signal
        && code(signal) == NOT_FOUND;
  }

  private void declare(RabbitLink link, String exchange)
      throws IOException, TimeoutException, BusException {
    com.rabbitmq.client.Channel declaring = link.trial();
    try {
      declaring.exchangeDeclare(exchange, BuiltinExchangeType.FANOUT, true);
      declaring.close();
    } catch (IOException e) {
      if (!link.connection().isOpen()) {
        throw e;
      }
      throw BusException.lasting(
          ("RabbitMQ at %s has no exchange %s, and it could not be declared: %s. Declare it as a"
                  + " durable fanout exchange, or grant the right to configure %s")
              .formatted(bus, exchange, RabbitLink.reason(e), exchange),
          e);
    }
  }

  private void hear(RabbitLink link, Channel channel) throws IOException {
    com.rabbitmq.client.Channel hearing = link.channel();
    String exchange = bus.name(channel);
    String queue = "freshet.%s.%s".formatted(exchange, UUID.randomUUID());
    hearing.queueDeclare(queue, false, true, true, BOUNDS);
    hearing.queueBind(queue, exchange, "");
    hearing.basicConsume(queue, true, new Ear(hearing, channel));
  }

  private void lost(String reason) {
    listener.lost("The connection to RabbitMQ at %s is lost: %s".formatted(bus, reason));
  }

  @Override
  public CompletableFuture<Void> publish(Channel channel, byte[] message) {
    CompletableFuture<Void> confirmed = confirms.expect(publishing.getNextPublishSeqNo());
    if (listener.end().isDone()) {
      confirms.fail(listener.end().join());
      return confirmed;
    }
    try {
      publishing.basicPublish(bus.name(channel), "", PROPERTIES, message);
    } catch (IOException | AlreadyClosedException e) {
      // whether it has been sent is not known, nor whether what follows would be
      lost(RabbitLink.reason(e));
    }
    return confirmed;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    listener.close();
    links.forEach(RabbitLink::close);
  }

  @Override
  public String toString() {
    return bus.toString();
  }

  /** Takes what a queue holds. */
  private final class Ear extends DefaultConsumer {

    private final Channel heard;

    Ear(com.rabbitmq.client.Channel channel, Channel heard) {
      super(channel);
      this.heard = heard;
    }

    @Override
    public void handleDelivery(
        String consumer, Envelope envelope, BasicProperties properties, byte[] body) {
      listener.received(heard, body);
    }

    @Override
    public void handleCancel(String consumer) {
      lost("the queue was deleted");
    }
  }
}
