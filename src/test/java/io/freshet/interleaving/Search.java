package io.freshet.interleaving;

import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuarantee;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * How long Lincheck looks for an interleaving with a bad verdict: for seconds, or for a long time
 * by {@code -Dinterleavings=long}.
 *
 * @param scenarios how many random combinations of operations
 * @param interleavings how many of each
 */
record Search(int scenarios, int interleavings) {

  private static final boolean LONG = "long".equals(System.getProperty("interleavings"));
  private static final int MORE_SCENARIOS = 20;
  private static final int THREADS = 3;
  private static final int MORE_INTERLEAVINGS = 5;

  /** What the scheduler takes for one step: the tests' own world, and correct collections. */
  private static final String[] STEPS = {
    "io.freshet.testing.MapCache",
    "io.freshet.cache.RegionCounters",
    "io.freshet.interleaving.Row",
    "java.util.concurrent.ConcurrentHashMap",
    "java.util.concurrent.CopyOnWriteArrayList",
    "java.util.concurrent.atomic.LongAdder",
  };

  /** What has no part in any race: it is not taken apart at all. */
  private static final String[] APART = {
    "io.freshet.AuditSettings",
    "io.freshet.FeedSettings",
    "io.freshet.Freshet",
    "io.freshet.Message",
    "io.freshet.cache.FreshetRegionFactory",
    "io.freshet.cache.RegionLab",
    "java.util.ImmutableCollections",
    "java.util.stream.",
    "org.hibernate.",
    "org.slf4j.",
  };

  /**
   * Fails with the first interleaving that is found to be bad.
   *
   * @param subject its operations return {@link Row#FINE}
   * @param scenes what is tried beside the random combinations, as {@link Scene} reads it
   */
  void check(Class<?> subject, String... scenes) {
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .iterations(LONG ? scenarios * MORE_SCENARIOS : scenarios)
            .invocationsPerIteration(LONG ? interleavings * MORE_INTERLEAVINGS : interleavings)
            .threads(THREADS)
            .actorsPerThread(1)
            .actorsBefore(1)
            .actorsAfter(1)
            .minimizeFailedScenario(false)
            .verifier(Verdicts.class)
            .addGuarantee(steps())
            .addGuarantee(apart());
    for (String scene : scenes) {
      options.addCustomScenario(Scene.of(subject, scene));
    }
    options.check(subject);
  }

  private static ManagedStrategyGuarantee steps() {
    return ManagedStrategyGuaranteeKt.forClasses(STEPS).allMethods().treatAsAtomic();
  }

  private static ManagedStrategyGuarantee apart() {
    return ManagedStrategyGuaranteeKt.forClasses(
            name -> Stream.of(APART).anyMatch(name::startsWith))
        .allMethods()
        .ignore();
  }
}
