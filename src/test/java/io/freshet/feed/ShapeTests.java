package io.freshet.feed;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** One view for each feed, filled anew for each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ShapeTests {

  private final Map<String, CacheView> shelves = new HashMap<>();

  /** Two nodes, and what they can cache. */
  abstract CacheView build(String feed);

  /** Empties the tables, and fills them. */
  abstract String[] seed();

  final CacheView view(String feed) {
    return shelves.computeIfAbsent(feed, this::build).seeded(seed());
  }

  @AfterAll
  final void close() {
    shelves.values().forEach(CacheView::close);
  }
}
