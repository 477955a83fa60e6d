package io.freshet.audit;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Finding;
import io.freshet.AuditReport.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an audit has found so far. For one thread. */
final class Tally {

  private final Instant at = Instant.now();
  private final long beganNanos = System.nanoTime();
  private final Map<Reason, Integer> notCompared = new EnumMap<>(Reason.class);
  private final List<Finding> stale = new ArrayList<>();
  private final List<Finding> unproven = new ArrayList<>();
  private int fresh;
  private int overtaken;
  private int failedInARow;
  private @Nullable Throwable failure;

  void fresh() {
    fresh++;
  }

  void overtaken() {
    overtaken++;
  }

  void notCompared(Reason reason) {
    notCompared.merge(reason, 1, Integer::sum);
  }

  void stale(Finding finding) {
    stale.add(finding);
  }

  void unproven(Finding finding) {
    unproven.add(finding);
  }

  void succeeded() {
    failedInARow = 0;
  }

  void failed(Throwable cause) {
    failedInARow++;
    notCompared(Reason.FAILED);
    failure = failure == null ? cause : failure;
  }

  int failedInARow() {
    return failedInARow;
  }

  int failed() {
    return notCompared.getOrDefault(Reason.FAILED, 0);
  }

  @Nullable Throwable failure() {
    return failure;
  }

  AuditReport report() {
    int samples =
        fresh
            + overtaken
            + stale.size()
            + unproven.size()
            + notCompared.values().stream().mapToInt(Integer::intValue).sum();
    return new AuditReport(
        at,
        Duration.ofNanos(System.nanoTime() - beganNanos),
        samples,
        fresh,
        overtaken,
        notCompared,
        stale,
        unproven);
  }
}
