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
          FeedSettings.FEED,
          FeedSettings.URL,
          FeedSettings.USER,
          FeedSettings.PASSWORD,
          FeedSettings.TRACKING,
          FeedSettings.MAX_STALENESS,
          FanoutSettings.PUBLISH,
          BusSettings.REDIS_URL,
          BusSettings.RABBITMQ_URI,
          BusSettings.CHANNEL,
          AuditSettings.INTERVAL,
          AuditSettings.SAMPLES,
          AuditSettings.JMX,
          FreshetSettings.MAX_KEYS,
          FreshetSettings.REGION_MAX_ENTRIES,
          FreshetSettings.REGION_TTL);

  /** A region's name may hold dots: the last part is the setting. */
  private static final Pattern FOR_REGION =
      Pattern.compile("freshet\\.region\\.(.+)\\.(max_entries|ttl)");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h)");
  private static final Pattern CHANNEL_NAME = Pattern.compile("[A-Za-z0-9._:-]{1,100}");
  private static final String DURATION_FORM =
      "a duration such as 500ms, 2s, 5m or 1h, from %s to %s";

  /** As many as {@code freshet.track} takes. */
  private static final long MOST_KEYS = 100_000;

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST_STALENESS = Duration.ofHours(1);
  private static final Duration LONGEST_INTERVAL = Duration.ofDays(30);
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
    FeedSettings feed = feed();
    return new FreshetSettings(
        flag(FreshetSettings.ENABLED, true),
        feed,
        fanout(feed.kind()),
        audit(),
        number(FreshetSettings.MAX_KEYS, MOST_KEYS)
            .map(Math::toIntExact)
            .orElse(FreshetSettings.DEFAULT_MAX_KEYS),
        new FreshetSettings.Region(
            number(FreshetSettings.REGION_MAX_ENTRIES, Integer.MAX_VALUE)
                .orElse(FreshetSettings.DEFAULT_MAX_ENTRIES),
            duration(FreshetSettings.REGION_TTL)),
        regions);
  }

  /** Prints a constant as {@link #choice} reads it. */
  static String format(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Prints a duration as {@link #duration} reads it. */
  static String format(Duration duration) {
    if (duration.toMillis() % 1_000 != 0) {
      return duration.toMillis() + "ms";
    }
    return duration.toSeconds() % 3_600 == 0
        ? duration.toHours() + "h"
        : duration.toSeconds() + "s";
  }

  private FeedSettings feed() {
    return new FeedSettings(
        choice(FeedSettings.FEED, FeedSettings.Kind.class, FeedSettings.Kind.AUTO),
        url(),
        Optional.ofNullable(text(FeedSettings.USER)),
        Optional.ofNullable(given.get(FeedSettings.PASSWORD)).map(Object::toString),
        choice(FeedSettings.TRACKING, FeedSettings.Tracking.class, FeedSettings.Tracking.VALIDATE),
        duration(FeedSettings.MAX_STALENESS, FeedSettings.LEAST_MAX_STALENESS, LONGEST_STALENESS)
            .orElse(FeedSettings.DEFAULT_MAX_STALENESS));
  }

  private AuditSettings audit() {
    boolean off = "none".equals(text(AuditSettings.INTERVAL));
    return new AuditSettings(
        off
            ? Optional.empty()
            : duration(AuditSettings.INTERVAL, AuditSettings.LEAST_INTERVAL, LONGEST_INTERVAL),
        number(AuditSettings.SAMPLES, 100_000)
            .map(Math::toIntExact)
            .orElse(AuditSettings.DEFAULT_SAMPLES),
        flag(AuditSettings.JMX, AuditSettings.DEFAULT_JMX));
  }

  private FanoutSettings fanout(FeedSettings.Kind feed) {
    FanoutSettings.Publish publish =
        choice(FanoutSettings.PUBLISH, FanoutSettings.Publish.class, FanoutSettings.Publish.NONE);
    Optional<BusSettings.Broker> publishing = publish.broker();
    boolean fits =
        publishing.isEmpty()
            || feed == FeedSettings.Kind.AUTO
            || feed == FeedSettings.Kind.NONE
            || feed.broker().equals(publishing);
    if (!fits) {
      throw new FreshetConfigurationException(
          "%s=%s does not go with %s=%s: a node that publishes hears the others over the same bus (%s=%2$s), or nobody (none); where the database itself tells of changes, nobody has to publish"
              .formatted(
                  FanoutSettings.PUBLISH,
                  publish.setting(),
                  FeedSettings.FEED,
                  feed.setting(),
                  FeedSettings.FEED));
    }
    Optional<BusSettings.Broker> broker = publishing.or(feed::broker);
    return new FanoutSettings(broker.map(this::bus), publishing.isPresent());
  }

  private BusSettings bus(BusSettings.Broker broker) {
    @Nullable String address = text(broker.addressSetting());
    if (address == null) {
      throw new FreshetConfigurationException(
          "%s is not set, and %s needs it: give an address such as %s"
              .formatted(broker.addressSetting(), broker.setting(), broker.example()));
    }
    @Nullable String channel = text(BusSettings.CHANNEL);
    if (channel != null && !CHANNEL_NAME.matcher(channel).matches()) {
      throw malformed(
          BusSettings.CHANNEL, channel, "1 to 100 letters, digits, dots, colons, - or _");
    }
    return new BusSettings(
        broker, address, channel == null ? BusSettings.DEFAULT_CHANNEL : channel);
  }

  private Optional<String> url() {
    @Nullable String url = text(FeedSettings.URL);
    if (url != null && !url.startsWith("jdbc:postgresql:")) {
      throw malformed(
          FeedSettings.URL,
          FeedSettings.withoutSecrets(url.replaceFirst("[?].*", "")),
          "a JDBC URL of a PostgreSQL, such as jdbc:postgresql://db.example.org:5432/shop");
    }
    return Optional.ofNullable(url);
  }

  private <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) {
    @Nullable String value = text(name);
    if (value == null) {
      return otherwise;
    }
    List<String> allowed = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String setting = format(constant);
      if (setting.equals(value.toLowerCase(Locale.ROOT))) {
        return constant;
      }
      allowed.add(setting);
    }
    throw malformed(name, value, "one of " + String.join(", ", allowed));
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
    return duration(name, SHORTEST, LONGEST);
  }

  private Optional<Duration> duration(String name, Duration least, Duration most) {
    @Nullable String value = text(name);
    if (value == null) {
      return Optional.empty();
    }
    @Nullable Duration duration =
        given.get(name) instanceof Duration typed ? typed : parseDuration(value);
    if (duration == null || duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      throw malformed(name, value, DURATION_FORM.formatted(format(least), format(most)));
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
            .formatted(name, shown(name), nearest, String.join(", ", KNOWN)));
  }

  /** A mistyped name may have been meant for the password. */
  private @Nullable Object shown(String name) {
    return name.toLowerCase(Locale.ROOT).contains("pass")
        ? "***"
        : given.get(name) instanceof String text
            ? FeedSettings.withoutSecrets(text)
            : given.get(name);
  }
}
