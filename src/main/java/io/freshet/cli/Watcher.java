package io.freshet.cli;

import io.freshet.change.Change;
import io.freshet.change.ChangeFeed;
import io.freshet.change.ChangeSet;
import io.freshet.change.RowChange;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.postgres.tracking.Coverage;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Prints what a feed tells. The feed does not call it from two threads at a time; {@link #resolved}
 * may be called by any.
 */
final class Watcher implements ChangeFeed.Listener {

  private final WatchOutput output;
  private final Wanted wanted;
  private final Stop stop;
  private final UnaryOperator<String> words;
  private volatile @Nullable Coverage coverage;
  private boolean behind = true;
  private long lagNanos = -1;
  private long told;

  /**
   * What is to be shown.
   *
   * @param tables of these; empty for all
   * @param count so many change sets; 0 for no end
   * @param lags each barrier as well
   */
  record Wanted(List<TableName> tables, long count, boolean lags) {
    Wanted {
      tables = List.copyOf(tables);
    }

    ChangeSet of(ChangeSet changes) {
      return tables.isEmpty()
          ? changes
          : new ChangeSet(changes.changes().stream().filter(this::contains).toList());
    }

    private boolean contains(Change change) {
      TableName table =
          change instanceof RowChange row
              ? row.table()
              : change instanceof TableChange any ? any.table() : null;
      // of the unknown, each table may be a part
      return table == null || tables.stream().anyMatch(table::mayBe);
    }
  }

  Watcher(WatchOutput output, Wanted wanted, Stop stop, UnaryOperator<String> words) {
    this.output = output;
    this.wanted = wanted;
    this.stop = stop;
    this.words = words;
  }

  /** The tables that the next changes are of. */
  void resolved(Coverage newCoverage) {
    coverage = newCoverage;
  }

  @Override
  public void reset(String reason) {
    behind = true;
    event("begins", words.apply(reason));
  }

  @Override
  public void changes(ChangeSet changes) {
    ChangeSet shown = wanted.of(changes);
    if (shown.isEmpty() || stop.isRequested()) {
      return;
    }
    output.changes(shown, new ChangeText(coverage), lagNanos);
    told++;
    if (told == wanted.count() || output.isClosed()) {
      stop.request();
    }
  }

  @Override
  public void barrier(long sentNanos) {
    lagNanos = System.nanoTime() - sentNanos;
    if (behind) {
      behind = false;
      event("caught up", "a barrier took " + Durations.millis(lagNanos));
    }
    if (!stop.isRequested()) {
      output.lag(lagNanos, wanted.lags());
      if (output.isClosed()) {
        stop.request();
      }
    }
  }

  @Override
  public void waiting(String reason) {
    event("waits", words.apply(reason));
  }

  @Override
  public void interrupted(String reason) {
    behind = true;
    event("interrupted", words.apply(reason));
  }

  private void event(String event, String text) {
    if (!stop.isRequested()) {
      output.event(event, text);
    }
  }
}
