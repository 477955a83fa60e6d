package io.freshet.mapping;

import java.util.HashSet;
import java.util.Set;

/**
 * What must go from one cache region. Immutable.
 *
 * @param whole true if everything in the region must go; {@code keys} is empty then
 * @param keys the cache keys, exactly as the region's access objects generate them
 */
public record RegionFootprint(boolean whole, Set<Object> keys) {

  /** Everything in the region. */
  public static final RegionFootprint WHOLE = new RegionFootprint(true, Set.of());

  /**
   * @throws IllegalArgumentException if keys are given beside {@code whole}
   */
  public RegionFootprint {
    if (whole && !keys.isEmpty()) {
      throw new IllegalArgumentException("a whole region and a list of keys exclude each other");
    }
    keys = Set.copyOf(keys);
  }

  /** Both together. */
  public RegionFootprint plus(RegionFootprint other) {
    if (whole || other.whole) {
      return WHOLE;
    }
    Set<Object> both = new HashSet<>(keys);
    both.addAll(other.keys);
    return new RegionFootprint(false, both);
  }
}
