package io.freshet;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How the cache is compared with the database. Immutable.
 *
 * @param interval {@value #INTERVAL}: how long between two audits; empty for none but those that
 *     somebody asks for
 * @param samples {@value #SAMPLES}: how many entries one audit compares at most
 * @param jmx {@value #JMX}: whether the audit can be had by JMX
 */
public record AuditSettings(Optional<Duration> interval, int samples, boolean jmx) {

  /** How long between two audits: a duration, or none (the default) for none of themselves. */
  public static final String INTERVAL = "freshet.audit.interval";

  /** The most entries that one audit compares; a cached query result counts as one. */
  public static final String SAMPLES = "freshet.audit.samples";

  /** Whether an MXBean is registered for each session factory: {@code freshet audit} uses it. */
  public static final String JMX = "freshet.jmx";

  /** The default of {@value #SAMPLES}. */
  public static final int DEFAULT_SAMPLES = 100;

  /** The default of {@value #JMX}. */
  public static final boolean DEFAULT_JMX = true;

  /** The shortest {@value #INTERVAL}. */
  public static final Duration LEAST_INTERVAL = Duration.ofMillis(100);

  void putInForce(Map<String, String> all) {
    all.put(INTERVAL, interval.map(SettingsReader::format).orElse("none"));
    all.put(SAMPLES, String.valueOf(samples));
    all.put(JMX, String.valueOf(jmx));
  }
}
