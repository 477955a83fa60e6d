package io.freshet.cli;

import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code freshet barrier}. Filled by picocli. */
@Command(
    name = "barrier",
    description = {
      "Waits until everything that was committed before has been told, and prints how long a"
          + " barrier took through the feed.",
      "What nodes have applied by then, it cannot know."
    })
final class BarrierCommand implements Callable<Integer> {

  private static final String DEFAULT_TIMEOUT = "5s";

  @ArgGroup(exclusive = false, validate = false)
  private FeedOptions source = new FeedOptions();

  @Option(
      names = "--timeout",
      defaultValue = DEFAULT_TIMEOUT,
      converter = Durations.class,
      paramLabel = "<duration>",
      description = "How long to wait, connecting included. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ofSeconds(5);

  private final Shell shell;

  BarrierCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws CliException, InterruptedException {
    long beganNanos = System.nanoTime();
    FeedOptions.Prepared prepared = source.prepare(shell, connection -> {}, coverage -> {});
    try (ChangeFeed feed = prepared.feed()) {
      if (!prepared.gaps().isEmpty()) {
        Findings findings = new Findings();
        findings.addAll(Severity.ERROR, prepared.gaps());
        findings.print(shell, false);
        return ExitCode.FOUND;
      }
      Round round = new Round(feed);
      feed.start(round);
      long left = timeout.toNanos() - (System.nanoTime() - beganNanos);
      if (round.done.await(left, TimeUnit.NANOSECONDS)) {
        shell.print(
            "%s: everything committed before is told; a barrier took %s, connecting %s"
                .formatted(
                    prepared.kind(),
                    Durations.millis(round.lagNanos),
                    Durations.millis(round.connectedNanos - beganNanos)));
        return ExitCode.OK;
      }
      throw new CliException(
          ExitCode.TIMEOUT,
          "no barrier has come back within %d ms: %s"
              .formatted(timeout.toMillis(), ConnectionOptions.inOurWords(round.state)));
    }
  }

  /** The first barrier is slower than those that find everything warm: the second counts. */
  private static final class Round implements ChangeFeed.Listener {

    private final ChangeFeed feed;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile String state = "the feed is not connected yet";
    private volatile long lagNanos;
    private volatile long connectedNanos;
    private boolean warm;

    Round(ChangeFeed feed) {
      this.feed = feed;
    }

    @Override
    public void reset(String reason) {
      warm = false;
      state = "the feed is connected, and what it sent does not come back";
      connectedNanos = System.nanoTime();
    }

    @Override
    public void changes(ChangeSet changes) {}

    @Override
    public void barrier(long sentNanos) {
      lagNanos = System.nanoTime() - sentNanos;
      if (warm) {
        done.countDown();
      }
      warm = true;
      feed.requestBarrier();
    }

    @Override
    public void waiting(String reason) {
      state = reason;
    }

    @Override
    public void interrupted(String reason) {
      state = reason;
    }
  }
}
