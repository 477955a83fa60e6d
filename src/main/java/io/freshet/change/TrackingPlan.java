package io.freshet.change;

import java.util.List;
import java.util.Set;

/**
 * What a feed has to tell of. Immutable.
 *
 * @param tables every table that something cached depends on
 * @param mentions words of SQL fragments in the mapping, in lower case: those that are tables of
 *     the database have to be told of as well, without any column
 */
public record TrackingPlan(List<TrackedTable> tables, Set<String> mentions) {

  public TrackingPlan {
    tables = List.copyOf(tables);
    mentions = Set.copyOf(mentions);
  }
}
