package io.freshet.change;

import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.chrono.IsoEra;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.HexFormat;

/**
 * What PostgreSQL prints for a value that JDBC binds, with its default settings (DateStyle ISO,
 * bytea_output hex). A point in time is printed in UTC. Stateless.
 */
final class PostgresText {

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 6, true)
          .toFormatter();

  private static final int HALF_A_MICROSECOND_NANOS = 500;

  private PostgresText() {}

  /** The text; of an unknown type, its {@code toString()}. */
  static String of(Object value) {
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    } else if (value instanceof LocalDate date) {
      return date(date) + era(date);
    } else if (value instanceof LocalTime time) {
      return TIME.format(micros(LocalDateTime.of(LocalDate.EPOCH, time)));
    } else if (value instanceof LocalDateTime dateTime) {
      return dateTime(dateTime, "");
    } else if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    return ofJavaSql(value);
  }

  private static String ofJavaSql(Object value) {
    if (value instanceof Timestamp timestamp) {
      return dateTime(timestamp.toLocalDateTime(), "");
    } else if (value instanceof java.sql.Date date) {
      return of(date.toLocalDate());
    } else if (value instanceof Time time) {
      return of(time.toLocalTime());
    } else if (value instanceof Date date) {
      return inUtc(date.toInstant());
    } else if (value instanceof Instant instant) {
      return inUtc(instant);
    } else if (value instanceof OffsetDateTime dateTime) {
      return inUtc(dateTime.toInstant());
    } else if (value instanceof ZonedDateTime dateTime) {
      return inUtc(dateTime.toInstant());
    }
    return value.toString();
  }

  private static String inUtc(Instant instant) {
    return dateTime(LocalDateTime.ofInstant(instant, ZoneOffset.UTC), "+00");
  }

  private static String dateTime(LocalDateTime value, String zone) {
    LocalDateTime rounded = micros(value);
    LocalDate date = rounded.toLocalDate();
    return date(date) + " " + TIME.format(rounded) + zone + era(date);
  }

  /** PostgreSQL keeps microseconds, and the driver rounds. */
  private static LocalDateTime micros(LocalDateTime value) {
    return value.plusNanos(HALF_A_MICROSECOND_NANOS).truncatedTo(ChronoUnit.MICROS);
  }

  private static String date(LocalDate date) {
    return "%04d-%02d-%02d"
        .formatted(date.get(ChronoField.YEAR_OF_ERA), date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getEra() == IsoEra.BCE ? " BC" : "";
  }
}
