package io.freshet.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as settings are written: {@code 500ms}, {@code 2s}, {@code 5m}, {@code 1h}. */
final class Durations implements ITypeConverter<Duration> {

  private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");

  @Override
  public Duration convert(String value) {
    Matcher parts = FORM.matcher(value.strip());
    if (!parts.matches()) {
      throw refused(value);
    }
    long amount = Long.parseLong(parts.group(1));
    if (amount == 0) {
      throw refused(value);
    }
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  private static TypeConversionException refused(String value) {
    return new TypeConversionException(
        "'%s' is not a duration such as 500ms, 2s, 5m or 1h, more than none".formatted(value));
  }

  /** For people, to a thousandth of a millisecond. */
  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f ms", nanos / 1e6);
  }
}
