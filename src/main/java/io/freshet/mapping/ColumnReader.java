package io.freshet.mapping;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.hibernate.HibernateException;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.type.SqlTypes;
import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.jspecify.annotations.Nullable;

/**
 * Reads one column's value as the attribute's type. The value may be what JDBC binds or returns,
 * the attribute's own type, a number of another width, or the text that PostgreSQL prints.
 * Thread-safe.
 */
final class ColumnReader {

  private final JdbcMapping mapping;
  private final WrapperOptions options;

  ColumnReader(JdbcMapping mapping, WrapperOptions options) {
    this.mapping = mapping;
    this.options = options;
  }

  /** The value as the attribute's type; empty if it cannot be read as such. */
  Optional<Object> read(Object value) {
    try {
      if (mapping.getMappedJavaType().isInstance(value)) {
        return Optional.of(value);
      }
      Object relational = relational(value);
      return relational == null
          ? Optional.empty()
          : Optional.ofNullable(mapping.convertToDomainValue(relational));
    } catch (HibernateException
        | IllegalArgumentException
        | ArithmeticException
        | java.time.DateTimeException e) {
      // not a value of this column's type: the caller falls back to the whole region
      return Optional.empty();
    }
  }

  private @Nullable Object relational(Object value) {
    JavaType<?> type = mapping.getJdbcJavaType();
    Class<?> javaClass = type.getJavaTypeClass();
    if (type.isInstance(value)) {
      return value;
    }
    if (javaClass.isEnum()) {
      return enumConstant(type, value);
    }
    if (javaClass == Boolean.class) {
      return truth(value);
    }
    if (value instanceof Number number) {
      return Number.class.isAssignableFrom(javaClass) ? narrowed(number, javaClass) : null;
    }
    if (value instanceof String text) {
      return text.startsWith("\\x") ? wrap(type, hex(text)) : parsed(type, text);
    }
    return wrap(type, value);
  }

  private @Nullable Object parsed(JavaType<?> type, String text) {
    // bytea is printed as hex only; anything else for a byte array is another output format
    return type.getJavaTypeClass() == byte[].class ? null : type.fromString(text);
  }

  private @Nullable Object enumConstant(JavaType<?> type, Object value) {
    boolean ordinal = SqlTypes.isNumericType(mapping.getJdbcType().getDefaultSqlTypeCode());
    if (ordinal) {
      return wrap(
          type,
          value instanceof Number number
              ? narrowed(number, Integer.class)
              : Integer.valueOf(value.toString()));
    }
    return value instanceof String ? wrap(type, value) : null;
  }

  private static @Nullable Boolean truth(Object value) {
    return switch (value.toString().toLowerCase(Locale.ROOT)) {
      case "t", "true", "1" -> true;
      case "f", "false", "0" -> false;
      default -> null;
    };
  }

  private static @Nullable Object narrowed(Number number, Class<?> javaClass) {
    BigDecimal exact = new BigDecimal(number.toString());
    if (javaClass == Long.class) {
      return exact.longValueExact();
    } else if (javaClass == Integer.class) {
      return exact.intValueExact();
    } else if (javaClass == Short.class) {
      return exact.shortValueExact();
    } else if (javaClass == Byte.class) {
      return exact.byteValueExact();
    } else if (javaClass == BigInteger.class) {
      return exact.toBigIntegerExact();
    }
    return null;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text, 2, text.length());
  }

  private <T> @Nullable T wrap(JavaType<T> type, @Nullable Object value) {
    return type.wrap(value, options);
  }
}
