package io.freshet.bus;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two connections to Redis, one that publishes and one that hears, since one that has subscribed
 * may not publish in RESP2; only the first, where nothing is heard. Thread-safe as its interface
 * says.
 *
 * <h2>Order of events</h2>
 *
 * <ol>
 *   <li>The first connection is opened, then the second; each channel is subscribed, and the server
 *       has confirmed it, before {@link #open} returns.
 *   <li>The first of these ends the whole: a connection ends, or a command (a PING is sent at
 *       regular intervals) is not answered within the patience. Nothing is opened again or sent
 *       again.
 *   <li>{@link #close} ends both, which fails the commands that are under way.
 * </ol>
 */
final class RedisConnection implements BusConnection {

  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);

  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** How long the end of threads is waited for. */
  private static final Duration CLOSING = Duration.ofSeconds(2);

  private final RedisBus bus;
  private final GuardedListener listener;
  private final ClientResources resources;
  private final RedisClient client;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final StatefulRedisConnection<String, byte[]> publishing;

  private RedisConnection(RedisBus bus, Set<Channel> heard, GuardedListener listener)
      throws BusException {
    this.bus = bus;
    this.listener = listener;
    this.resources = RedisResources.acquire();
    this.client = RedisClient.create(resources, bus.uri());
    try {
      client.setOptions(bus.options());
      client.addListener(new Ends());
      this.publishing = await(client.connectAsync(CODEC, bus.uri()), "");
      keepAsking(publishing.async());
      if (!heard.isEmpty()) {
        hear(heard);
      }
      listener.open();
    } catch (BusException | RuntimeException e) {
      close();
      throw e;
    }
  }

  static RedisConnection open(RedisBus bus, Set<Channel> heard, BusListener listener)
      throws BusException {
    return new RedisConnection(bus, heard, new GuardedListener(listener));
  }

  private void hear(Set<Channel> heard) throws BusException {
    StatefulRedisPubSubConnection<String, byte[]> hearing =
        await(client.connectPubSubAsync(CODEC, bus.uri()), "");
    hearing.addListener(new Ear(heard));
    for (Channel channel : heard) {
      String name = bus.name(channel);
      await(hearing.async().subscribe(name), "Subscribing to channel " + name + ": ");
    }
    keepAsking(hearing.async());
  }

  /** A server that hangs does not end its connections: who asks will notice. */
  private void keepAsking(BaseRedisAsyncCommands<String, byte[]> commands) {
    long interval = Math.max(1, bus.patience().toNanos() / 2);
    Future<?> asking =
        resources
            .eventExecutorGroup()
            .scheduleAtFixedRate(
                () -> commands.ping().whenComplete(this::answered),
                interval,
                interval,
                TimeUnit.NANOSECONDS);
    CompletableFuture<Void> unused = listener.end().thenAccept(reason -> asking.cancel(false));
  }

  private void answered(Object answer, Throwable failure) {
    if (failure != null && !(failure instanceof RedisCommandExecutionException)) {
      lost(Buses.reason(failure));
    }
  }

  private void lost(String reason) {
    listener.lost("The connection to Redis at %s is lost: %s".formatted(bus, reason));
  }

  private <T> T await(CompletionStage<T> result, String what) throws BusException {
    try {
      // the client's own time limits come first, and say more
      long nanos = bus.patience().multipliedBy(2).plus(CLOSING).toNanos();
      return result.toCompletableFuture().get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw refused(what + Buses.reason(e), e.getCause());
    } catch (TimeoutException e) {
      throw refused(what + "it does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused(what + "interrupted", e);
    }
  }

  private BusException refused(String why, @Nullable Throwable cause) {
    String text = "Redis at %s cannot be used: %s".formatted(bus, why);
    return isRefusal(cause) ? BusException.lasting(text, cause) : new BusException(text, cause);
  }

  /** Whether the server has understood, and will not: a password, a right, a database's number. */
  private static boolean isRefusal(@Nullable Throwable failure) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      if (one instanceof RedisCommandExecutionException
          && !(one instanceof RedisLoadingException)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public CompletableFuture<Void> publish(Channel channel, byte[] message) {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    if (listener.end().isDone()) {
      confirmed.completeExceptionally(new BusException(listener.end().join(), null));
      return confirmed;
    }
    String name = bus.name(channel);
    try {
      publishing
          .async()
          .publish(name, message)
          .whenComplete(
              (receivers, failure) -> {
                answered(name, failure);
                if (failure == null) {
                  confirmed.complete(null);
                } else {
                  confirmed.completeExceptionally(notPublished(name, failure));
                }
              });
    } catch (RuntimeException e) {
      confirmed.completeExceptionally(notPublished(name, e));
    }
    return confirmed;
  }

  private BusException notPublished(String name, Throwable failure) {
    return new BusException(
        "A message was not published on channel %s of Redis at %s: %s"
            .formatted(name, bus, Buses.reason(failure)),
        failure);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    listener.close();
    CompletableFuture<?> ended =
        client
            .shutdownAsync(0, 1, TimeUnit.SECONDS)
            .handle((done, failure) -> true)
            .thenCompose(always -> RedisResources.release());
    if (Thread.currentThread() instanceof FastThreadLocalThread) {
      // one of the threads that would be waited for
      return;
    }
    try {
      ended.get(CLOSING.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Lettuce takes its time to end", e);
    }
  }

  @Override
  public String toString() {
    return bus.toString();
  }

  /** Takes what the server sends. */
  private final class Ear extends RedisPubSubAdapter<String, byte[]> {

    private final Set<Channel> heard;

    Ear(Set<Channel> heard) {
      this.heard = Set.copyOf(heard);
    }

    @Override
    public void message(String name, byte[] message) {
      for (Channel channel : heard) {
        if (bus.name(channel).equals(name)) {
          listener.received(channel, message);
        }
      }
    }
  }

  /** Notices that a connection has ended. */
  private final class Ends implements RedisConnectionStateListener {

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
      String which =
          connection instanceof StatefulRedisPubSubConnection
              ? "the server, or something in between, has ended it. Redis does so, too, when a"
                  + " subscriber does not keep up (client-output-buffer-limit pubsub)"
              : "the server, or something in between, has ended it";
      lost(which);
    }
  }
}
