package io.freshet.audit;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of cache entries, compared as a database would, and shown. Stateless. */
final class Values {

  /** Longer texts are cut off. */
  static final int LONGEST_TEXT = 100;

  private static final HexFormat HEX = HexFormat.of();

  private Values() {}

  /**
   * The value in a form whose {@code equals} does not tell apart what a column cannot: the scale of
   * a number, the class of a date, arrays as objects.
   */
  @SuppressWarnings("JavaUtilDate") // entities have them, whatever one may think of that
  static @Nullable Object canonical(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    } else if (value instanceof BigDecimal number) {
      return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    } else if (value instanceof Timestamp timestamp) {
      return timestamp.toInstant();
    } else if (value instanceof Date date) {
      return new Timestamp(date.getTime()).toInstant();
    } else if (value instanceof Calendar calendar) {
      return calendar.toInstant();
    } else if (value instanceof OffsetDateTime time) {
      return time.toInstant();
    } else if (value instanceof ZonedDateTime time) {
      return time.toInstant();
    } else if (value != null && value.getClass().isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        list.add(canonical(Array.get(value, i)));
      }
      return Collections.unmodifiableList(list);
    }
    return value;
  }

  /** Whether {@code equals} of this canonical value means more than "the same object". */
  static boolean isComparable(@Nullable Object canonical) {
    if (canonical instanceof Collection<?> several) {
      return several.stream().allMatch(Values::isComparable);
    }
    if (canonical instanceof Map<?, ?> map) {
      return isComparable(map.keySet()) && isComparable(map.values());
    }
    if (canonical == null) {
      return true;
    }
    try {
      return canonical.getClass().isEnum()
          || canonical.getClass().getMethod("equals", Object.class).getDeclaringClass()
              != Object.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  /** Whether there is a floating-point number among these canonical values. */
  static boolean holdFloats(Collection<? extends @Nullable Object> canonical) {
    return canonical.stream()
        .anyMatch(
            one ->
                one instanceof Double
                    || one instanceof Float
                    || (one instanceof Collection<?> several && holdFloats(several)));
  }

  /** How many of each there are. */
  static Map<@Nullable Object, Integer> counted(List<? extends @Nullable Object> canonical) {
    Map<@Nullable Object, Integer> counts = new HashMap<>();
    canonical.forEach(one -> counts.merge(one, 1, Integer::sum));
    return counts;
  }

  /** Those of the first that have no partner among the second. */
  static List<@Nullable Object> without(
      List<? extends @Nullable Object> from, List<? extends @Nullable Object> taken) {
    Map<@Nullable Object, Integer> counts = counted(taken);
    List<@Nullable Object> left = new ArrayList<>();
    for (Object one : from) {
      Integer count = counts.get(one);
      if (count == null || count == 0) {
        left.add(one);
      } else {
        counts.put(one, count - 1);
      }
    }
    return left;
  }

  /** The value, or a copy if it is of a type of the JDK's that can be changed. */
  @SuppressWarnings({"JavaUtilDate", "SuspiciousSystemArraycopy"}) // the types are the same
  static @Nullable Object copy(@Nullable Object value) {
    if (value instanceof Date date) {
      return date.clone();
    } else if (value instanceof Calendar calendar) {
      return calendar.clone();
    } else if (value != null && value.getClass().isArray()) {
      int length = Array.getLength(value);
      Object copy = Array.newInstance(value.getClass().getComponentType(), length);
      System.arraycopy(value, 0, copy, 0, length);
      return copy;
    }
    return value;
  }

  /** Whether a text was cut off. */
  static boolean isCut(@Nullable String text) {
    return text != null && text.length() > LONGEST_TEXT;
  }

  /** The value for people, cut off; null for null. */
  static @Nullable String text(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    Object shown = value instanceof byte[] bytes ? "\\x" + HEX.formatHex(bytes) : value;
    if (shown.getClass().isArray()) {
      shown = canonical(shown);
    }
    String text = String.valueOf(shown);
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "...";
  }
}
