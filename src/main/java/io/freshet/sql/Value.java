package io.freshet.sql;

import java.math.BigInteger;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A value that a statement compares or stores and that is known once its parameters are. */
sealed interface Value {

  /** What it is with these parameters; null where it cannot be told. */
  @Nullable Literal literal(List<?> parameters);

  /**
   * A value that stands in the text.
   *
   * @param value a Long, BigInteger, Boolean or String; null for SQL NULL
   */
  record Literal(@Nullable Object value) implements Value {
    @Override
    public Literal literal(List<?> parameters) {
      return this;
    }
  }

  /**
   * A bound parameter.
   *
   * @param ordinal its position, from 1
   * @param cast what the statement casts it to
   */
  record Parameter(int ordinal, Cast cast) implements Value {
    @Override
    public @Nullable Literal literal(List<?> parameters) {
      if (ordinal < 1 || ordinal > parameters.size()) {
        return null;
      }
      Object value = parameters.get(ordinal - 1);
      return isExact(value) && cast.keeps(value) ? new Literal(value) : null;
    }

    /** A type whose values PostgreSQL compares and stores exactly as they are bound. */
    private static boolean isExact(@Nullable Object value) {
      return value == null
          || value instanceof Long
          || value instanceof Integer
          || value instanceof Short
          || value instanceof Byte
          || value instanceof BigInteger
          || value instanceof String
          || value instanceof Boolean
          || value instanceof UUID
          || value instanceof LocalDate;
    }
  }

  /** A cast around a value. Any other type of cast makes the value unknown. */
  enum Cast {
    NONE,
    INTEGER,
    TEXT,
    UUID;

    private static final Pattern INTEGER_TEXT = Pattern.compile("0|-?[1-9][0-9]*");
    private static final Pattern UUID_TEXT =
        Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Whether the cast leaves the value as it is. */
    boolean keeps(@Nullable Object value) {
      if (value == null || this == NONE) {
        return true;
      }
      return switch (this) {
        case NONE -> true;
        case INTEGER ->
            value instanceof String text
                ? INTEGER_TEXT.matcher(text).matches()
                : value instanceof Number;
        case TEXT -> value instanceof String;
        case UUID ->
            value instanceof String text
                ? UUID_TEXT.matcher(text).matches()
                : value instanceof java.util.UUID;
      };
    }
  }
}
