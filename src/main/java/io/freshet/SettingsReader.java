package io.freshet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads and checks settings. A value may come as text or as the type it stands for. */
final class SettingsReader {

  private static final String PREFIX = "freshet.";
  private static final String REGION_PREFIX = "freshet.region.";
  private static final String MAX_ENTRIES = ".max_entries";
  private static final String TTL = ".ttl";
  private static final List<String> KNOWN =
      List.of(
          FreshetSettings.ENABLED,
          FreshetSettings.FEED,
          FreshetSettings.MAX_KEYS,
          FreshetSettings.REGION_MAX_ENTRIES,
          FreshetSettings.REGION_TTL);

  /** A region's name may hold dots: the last part is the setting. */
  private static final Pattern FOR_REGION =
      Pattern.compile("freshet\\.region\\.(.+)\\.(max_entries|ttl)");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h)");
  private static final String DURATION_FORM =
      "a duration such as 500ms, 2s, 5m or 1h, from 1ms to 876000h";
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Map<String, Object> given = new TreeMap<>();

  SettingsReader(Map<String, ?> configuration) {
    configuration.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX) && value != null) {
            given.put(name, value);
          }
        });
  }

  FreshetSettings read() {
    Map<String, FreshetSettings.RegionOverride> regions = new TreeMap<>();
    for (String name : given.keySet()) {
      Matcher forRegion = FOR_REGION.matcher(name);
      if (forRegion.matches()) {
        String prefix = REGION_PREFIX + forRegion.group(1);
        regions.computeIfAbsent(
            forRegion.group(1),
            region ->
                new FreshetSettings.RegionOverride(
                    number(prefix + MAX_ENTRIES, Integer.MAX_VALUE), duration(prefix + TTL)));
      } else if (!KNOWN.contains(name)) {
        throw unknown(name);
      }
    }
    return new FreshetSettings(
        flag(FreshetSettings.ENABLED, true),
        feedAccepted(),
        number(FreshetSettings.MAX_KEYS, 1_000_000)
            .map(Math::toIntExact)
            .orElse(FreshetSettings.DEFAULT_MAX_KEYS),
        new FreshetSettings.Region(
            number(FreshetSettings.REGION_MAX_ENTRIES, Integer.MAX_VALUE)
                .orElse(FreshetSettings.DEFAULT_MAX_ENTRIES),
            duration(FreshetSettings.REGION_TTL)),
        regions);
  }

  /** Prints a duration as {@link #duration} reads it. */
  static String format(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private boolean feedAccepted() {
    @Nullable String feed = text(FreshetSettings.FEED);
    if (feed == null || feed.equals("auto")) {
      return false;
    }
    if (feed.equals("none")) {
      return true;
    }
    throw malformed(FreshetSettings.FEED, feed, "auto or none (this version has no feeds)");
  }

  private boolean flag(String name, boolean otherwise) {
    @Nullable String value = text(name);
    if (value == null) {
      return otherwise;
    }
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw malformed(name, value, "true or false");
    };
  }

  private Optional<Long> number(String name, long most) {
    @Nullable String value = text(name);
    if (value == null) {
      return Optional.empty();
    }
    try {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return Optional.of(number);
      }
    } catch (NumberFormatException e) {
      throw malformed(name, value, wholeNumber(most));
    }
    throw malformed(name, value, wholeNumber(most));
  }

  private static String wholeNumber(long most) {
    return "a whole number from 1 to " + most;
  }

  private Optional<Duration> duration(String name) {
    @Nullable String value = text(name);
    if (value == null) {
      return Optional.empty();
    }
    @Nullable Duration duration =
        given.get(name) instanceof Duration typed ? typed : parseDuration(value);
    if (duration == null || duration.compareTo(SHORTEST) < 0 || duration.compareTo(LONGEST) > 0) {
      throw malformed(name, value, DURATION_FORM);
    }
    return Optional.of(duration);
  }

  private static @Nullable Duration parseDuration(String value) {
    Matcher parts = DURATION.matcher(value);
    if (!parts.matches()) {
      return null;
    }
    long amount = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private @Nullable String text(String name) {
    @Nullable Object value = given.get(name);
    return value == null ? null : value.toString().strip();
  }

  private static FreshetConfigurationException malformed(String name, String value, String form) {
    return new FreshetConfigurationException(
        "%s=%s is not allowed: give %s, or remove the setting".formatted(name, value, form));
  }

  private FreshetConfigurationException unknown(String name) {
    List<String> candidates = new ArrayList<>(KNOWN);
    int lastDot = name.lastIndexOf('.');
    if (lastDot > REGION_PREFIX.length() && name.startsWith(REGION_PREFIX)) {
      String region = name.substring(0, lastDot);
      candidates.add(region + MAX_ENTRIES);
      candidates.add(region + TTL);
    }
    String nearest = Names.nearest(name, candidates, 1).get(0);
    return new FreshetConfigurationException(
        ("Unknown setting %s=%s: did you mean %s? Known are %s, and"
                + " freshet.region.<region>.max_entries and .ttl for a single region")
            .formatted(name, given.get(name), nearest, String.join(", ", KNOWN)));
  }
}
