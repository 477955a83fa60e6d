package io.freshet.audit;

import io.freshet.AuditReport;
import io.freshet.AuditReport.Totals;
import java.util.Optional;

/** What all audits have found. Thread-safe. */
final class Sums {

  private static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0);

  private volatile Totals totals = NONE;

  synchronized void add(AuditReport report, boolean failed) {
    Totals before = totals;
    totals =
        new Totals(
            before.runs() + 1,
            before.failures() + (failed ? 1 : 0),
            before.samples() + report.samples(),
            before.fresh() + report.fresh(),
            before.overtaken() + report.overtaken(),
            before.notCompared() + report.notComparedInAll(),
            before.stale() + report.stale().size(),
            before.unproven() + report.unproven().size());
  }

  Optional<Totals> totals() {
    Totals known = totals;
    return known.runs() == 0 ? Optional.empty() : Optional.of(known);
  }
}
