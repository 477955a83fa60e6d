package io.freshet.relay;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.freshet.FreshetConfigurationException;
import io.freshet.concurrent.Threads;
import io.freshet.relay.RelayStatus.Work;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A relay's health over HTTP: {@code /health} as JSON, with status 200 or 503, and {@code /metrics}
 * as Prometheus reads them. Thread-safe.
 *
 * <p>A standby is healthy. A leader is while changes get through: PostgreSQL answers barriers, and
 * the broker is there.
 */
public final class RelayServer implements AutoCloseable {

  private static final JsonFactory JSON = new JsonFactory();

  /** One that is kept waiting by a client must not keep others waiting. */
  private static final int THREADS = 4;

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  private final Relay relay;
  private final HttpServer server;
  private final ExecutorService executor =
      Executors.newFixedThreadPool(THREADS, Threads.daemons("freshet-relay-http"));
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  private RelayServer(Relay relay, HttpServer server) {
    this.relay = relay;
    this.server = server;
    register();
    server.setExecutor(executor);
    server.createContext("/health", exchange -> answer(exchange, "/health", this::health));
    server.createContext("/metrics", exchange -> answer(exchange, "/metrics", this::metrics));
    server.start();
  }

  /**
   * Starts to answer.
   *
   * @param address where; port 0 takes any that is free
   * @throws FreshetConfigurationException if the address cannot be listened on
   */
  public static RelayServer start(Relay relay, InetSocketAddress address) {
    try {
      return new RelayServer(relay, HttpServer.create(address, 0));
    } catch (IOException e) {
      throw new FreshetConfigurationException(
          "Nothing can be served on %s: %s. Give another address, or none"
              .formatted(address, e.getMessage()),
          e);
    }
  }

  /** The port that it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void register() {
    gauge(
        "freshet.relay.leader",
        "1 if this relay tells of changes, 0 if it stands by",
        status -> status.role() == RelayStatus.Role.LEADER ? 1 : 0);
    gauge(
        "freshet.relay.healthy",
        "1 if nothing keeps it from doing what it should",
        status -> status.isHealthy() ? 1 : 0);
    counter("freshet.relay.terms", "How often it has become the leader", RelayStatus::terms);
    counter(
        "freshet.relay.changesets", "Change sets from PostgreSQL", of(w -> w.feed().messages()));
    counter("freshet.relay.rows", "Rows named by them", of(w -> w.feed().rows()));
    counter("freshet.relay.feed.reconnects", "Losses of the feed", of(w -> w.feed().reconnects()));
    counter("freshet.relay.bus.messages", "Confirmed messages", of(w -> w.sender().messages()));
    counter("freshet.relay.bus.bytes", "Their size", of(w -> w.sender().bytes()));
    counter("freshet.relay.bus.reconnects", "Losses of the bus", of(w -> w.sender().reconnects()));
    counter("freshet.relay.bus.widened", "Rows told as tables", of(w -> w.sender().widened()));
    gauge(
        "freshet.relay.bus.waiting",
        "Changes that wait for the broker",
        of(w -> w.sender().waiting()));
    gauge(
        "freshet.relay.slot.retained.bytes",
        "Log that the slot holds back",
        status -> status.slot().map(slot -> (double) slot.retainedBytes()).orElse(0.0));
    timeGauge(
        "freshet.relay.lag",
        "Time of the last barrier through PostgreSQL",
        work -> work.lag().orElse(Duration.ZERO));
    timeGauge("freshet.relay.barrier.age", "Time since that barrier was sent", Work::sinceBarrier);
    new JvmMemoryMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private static ToDoubleFunction<RelayStatus> of(ToDoubleFunction<Work> value) {
    return status -> status.work().map(value::applyAsDouble).orElse(0.0);
  }

  private void gauge(String name, String what, ToDoubleFunction<RelayStatus> value) {
    Gauge.builder(name, relay, one -> value.applyAsDouble(one.status()))
        .description(what)
        .register(registry);
  }

  private void counter(String name, String what, ToDoubleFunction<RelayStatus> value) {
    FunctionCounter.builder(name, relay, one -> value.applyAsDouble(one.status()))
        .description(what)
        .register(registry);
  }

  private void timeGauge(String name, String what, Function<Work, Duration> value) {
    TimeGauge.builder(
            name,
            relay,
            TimeUnit.NANOSECONDS,
            one -> one.status().work().map(work -> value.apply(work).toNanos()).orElse(0L))
        .description(what)
        .register(registry);
  }

  /** An answer to a request. */
  private record Answer(int status, String type, String text) {}

  private static void answer(HttpExchange exchange, String path, Supplier<Answer> found)
      throws IOException {
    try (exchange) {
      Answer answer =
          exchange.getRequestURI().getPath().equals(path)
              ? found.get()
              : new Answer(NOT_FOUND, "text/plain", "There are /health and /metrics\n");
      byte[] bytes = answer.text().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      exchange.sendResponseHeaders(answer.status(), bytes.length);
      try (OutputStream body = exchange.getResponseBody()) {
        body.write(bytes);
      }
    }
  }

  private Answer metrics() {
    return new Answer(OK, "text/plain; version=0.0.4; charset=utf-8", registry.scrape());
  }

  private Answer health() {
    RelayStatus status = relay.status();
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeName("healthy").writeBoolean(status.isHealthy());
      json.writeName("role").writeString(status.role().name().toLowerCase(Locale.ROOT));
      json.writeName("trouble").writeString(status.trouble());
      status
          .work()
          .ifPresent(
              work -> {
                json.writeName("lag_ms")
                    .writeNumber(work.lag().map(Duration::toNanos).orElse(0L) / 1e6);
                json.writeName("barrier_age_ms").writeNumber(work.sinceBarrier().toMillis());
                json.writeName("waiting_changes").writeNumber(work.sender().waiting());
              });
      status
          .slot()
          .ifPresent(
              slot -> json.writeName("slot_retained_bytes").writeNumber(slot.retainedBytes()));
      json.writeEndObject();
    }
    return new Answer(
        status.isHealthy() ? OK : UNAVAILABLE, "application/json", text.append('\n').toString());
  }

  /** Answers no more. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
    collections.close();
    registry.close();
  }
}
