package io.freshet.audit;

import io.freshet.AuditReport.Kind;
import io.freshet.cache.Sighting;
import org.jspecify.annotations.Nullable;

/** One thing that is cached. For one thread. */
sealed interface Sample permits InRegion, CachedQuery {

  /** What it is. */
  Kind kind();

  /** Its region, without prefix. */
  String region();

  /** The entity, the role, or the SQL. */
  String name();

  /** What it is cached under, as text. */
  String key();

  /** What a session would be served now; null for nothing. Touches no counter. */
  @Nullable Sighting look();

  /** Reads the database in a transaction of its own, and compares. */
  Comparison compare(Sighting sighting);

  /** Makes sure that it is not served any more. */
  void evict();
}
