package io.freshet.cli;

import io.freshet.postgres.tracking.Gap;
import java.util.Optional;

/**
 * Something that was looked at. Immutable.
 *
 * @param severity how bad it is
 * @param subject the table, setting, slot or right that is concerned
 * @param problem how it is
 * @param remedy the command or step that mends it, if there is something to mend
 */
record Finding(Severity severity, String subject, String problem, Optional<String> remedy) {

  static Finding ok(String subject, String text) {
    return new Finding(Severity.OK, subject, text, Optional.empty());
  }

  static Finding of(Severity severity, Gap gap) {
    return new Finding(
        severity,
        gap.subject(),
        gap.problem(),
        Optional.of(ConnectionOptions.inOurWords(gap.remedy())));
  }
}
