package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Reason;
import io.freshet.AuditReport.Row;
import java.util.List;
import java.util.Optional;

/** What comes of comparing an entry with the database. */
sealed interface Comparison {

  /** Nothing differs. */
  record Same() implements Comparison {}

  /** Something differs; the row is given where it can be asked for again by its key. */
  record Different(List<Difference> differences, Optional<Row> row) implements Comparison {
    public Different {
      differences = List.copyOf(differences);
    }
  }

  /** Nobody can tell. */
  record Unknown(Reason reason) implements Comparison {}

  Comparison SAME = new Same();

  static Comparison unknown(Reason reason) {
    return new Unknown(reason);
  }

  static Comparison different(Difference difference) {
    return new Different(List.of(difference), Optional.empty());
  }
}
