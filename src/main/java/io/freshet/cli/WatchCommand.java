package io.freshet.cli;

import io.freshet.change.ChangeFeed;
import io.freshet.change.TableName;
import io.freshet.concurrent.Threads;
import io.freshet.postgres.tracking.Coverage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet watch}. Filled by picocli. */
@Command(
    name = "watch",
    description = {
      "Prints what the database, or a bus, tells, as it comes: time, table, operation, key, and columns that"
          + " are known, old -> new.",
      "Lines with -- are about the feed itself. Ends by SIGINT or SIGTERM."
    })
final class WatchCommand implements Callable<Integer> {

  private static final String DEFAULT_EVERY = "1s";

  @ArgGroup(exclusive = false, validate = false)
  private FeedOptions source = new FeedOptions();

  @Option(
      names = "--tables",
      split = ",",
      paramLabel = "<table>",
      description = "Only changes of these tables.")
  private List<String> tables = List.of();

  @Option(
      names = "--json",
      description = "One JSON object a line: a change set as buses carry it, with time and lag.")
  private boolean json;

  @Option(names = "--lag", description = "A line for each barrier: how long it took.")
  private boolean lag;

  @Option(
      names = "--every",
      defaultValue = DEFAULT_EVERY,
      converter = Durations.class,
      paramLabel = "<duration>",
      description = "How often to send a barrier. Default: ${DEFAULT-VALUE}.")
  private Duration every = Duration.ofSeconds(1);

  @Option(
      names = "--count",
      paramLabel = "<n>",
      description = "End after so many change sets. Default: never.")
  private @Nullable Long count;

  private final Shell shell;

  WatchCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException {
    if (count != null && count < 1) {
      throw CliException.usage("--count %d is not allowed: give 1 or more".formatted(count));
    }
    List<TableName> shown = new ArrayList<>();
    AtomicReference<@Nullable Watcher> watcher = new AtomicReference<>();
    FeedOptions.Prepared prepared =
        source.prepare(
            shell,
            connection -> {
              if (!tables.isEmpty()) {
                Coverage.resolve(connection, TableSelection.named(connection, tables))
                    .tables()
                    .forEach(table -> shown.add(table.name()));
              }
            },
            coverage -> {
              Watcher told = watcher.get();
              if (told != null) {
                told.resolved(coverage);
              }
            });
    if (source.overBus(shell).isPresent()) {
      tables.forEach(name -> shown.add(TableName.parse(name)));
    }
    Stop stop = shell.terminal().stop();
    WatchOutput output = WatchOutput.of(shell.terminal(), json);
    Watcher told =
        new Watcher(
            output,
            new Watcher.Wanted(shown, count == null ? 0 : count, lag || json),
            stop,
            text -> shell.secrets().without(ConnectionOptions.inOurWords(text)));
    watcher.set(told);
    watch(prepared.feed(), told);
    output.end();
    return ExitCode.OK;
  }

  private void watch(ChangeFeed feed, Watcher watcher) {
    Stop stop = shell.terminal().stop();
    stop.isHeeded();
    ScheduledExecutorService clock =
        Executors.newSingleThreadScheduledExecutor(Threads.daemons("freshet-watch"));
    try (feed) {
      feed.start(watcher);
      // what it gives ends with the clock
      var unused =
          clock.scheduleAtFixedRate(
              feed::requestBarrier, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
      stop.await();
    } catch (InterruptedException e) {
      stop.request(); // whoever runs us has had enough
      Thread.currentThread().interrupt();
    } finally {
      clock.shutdownNow();
    }
  }
}
