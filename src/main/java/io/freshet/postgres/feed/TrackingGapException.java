package io.freshet.postgres.feed;

import io.freshet.postgres.tracking.Gap;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** The database does not tell of all changes that matter. */
public final class TrackingGapException extends SQLException {

  private static final long serialVersionUID = 1L;

  private TrackingGapException(List<Gap> gaps) {
    super(
        gaps.stream()
            .map(Gap::toString)
            .collect(Collectors.joining("\n  ", "changes would go untold:\n  ", "")));
  }

  /**
   * Does nothing without gaps.
   *
   * @throws TrackingGapException if there are any
   */
  public static void throwIfAny(List<Gap> gaps) throws TrackingGapException {
    if (!gaps.isEmpty()) {
      throw new TrackingGapException(gaps);
    }
  }
}
