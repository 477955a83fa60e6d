package io.freshet.mapping;

import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Set;
import java.util.UUID;
import org.hibernate.metamodel.mapping.JdbcMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.type.BasicType;
import org.hibernate.type.CustomType;
import org.hibernate.type.SqlTypes;

/**
 * Which types of key columns have one Java value for each SQL value, as far as the mapping tells.
 * For the rest one row may be cached under several keys, of which a change names only one: {@code
 * char(n)} pads, {@code numeric} has scales, floating point and times round, and a converter may
 * make one column value of several attribute values.
 */
final class ExactTypes {

  private static final Set<Class<?>> CLASSES =
      Set.of(
          Long.class,
          Integer.class,
          Short.class,
          Byte.class,
          BigInteger.class,
          Boolean.class,
          UUID.class,
          LocalDate.class,
          byte[].class);

  private static final Set<Integer> TEXT =
      Set.of(
          SqlTypes.VARCHAR,
          SqlTypes.NVARCHAR,
          SqlTypes.LONGVARCHAR,
          SqlTypes.LONGNVARCHAR,
          SqlTypes.LONG32VARCHAR,
          SqlTypes.LONG32NVARCHAR);

  private ExactTypes() {}

  static boolean isExact(SelectableMapping selectable) {
    return !selectable.isFormula()
        && Model.readSql(selectable) == null
        && selectable.getWriteExpression().equals("?")
        && isExact(selectable.getJdbcMapping());
  }

  /** Whether Hibernate itself knows the type: no converter and no user type takes part. */
  static boolean isPlain(JdbcMapping mapping) {
    return mapping instanceof BasicType<?>
        && !(mapping instanceof CustomType<?>)
        && mapping.getValueConverter() == null;
  }

  static boolean isExact(JdbcMapping mapping) {
    if (!isPlain(mapping)) {
      return false;
    }
    Class<?> type = mapping.getMappedJavaType().getJavaTypeClass();
    return type == String.class
        ? TEXT.contains(mapping.getJdbcType().getDefaultSqlTypeCode())
        : type.isEnum() || CLASSES.contains(type);
  }
}
