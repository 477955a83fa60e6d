package io.freshet.audit;

import io.freshet.AuditReport.Difference;
import io.freshet.AuditReport.Reason;
import io.freshet.AuditReport.Row;
import java.io.Serializable;
import java.time.LocalDate;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SessionImplementor;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.type.BasicType;
import org.hibernate.type.Type;
import org.jspecify.annotations.Nullable;

/** The properties of one concrete entity class, as cache entries hold them. Immutable. */
final class Properties {

  private final EntityPersister persister;

  /**
   * What differs.
   *
   * @param table the one table of all columns that differ, if their values can be asked for again;
   *     else empty
   * @param incomparable why some property could not be compared; null if all could
   */
  record Compared(List<Difference> differences, String table, @Nullable Reason incomparable) {}

  Properties(SessionFactoryImplementor factory, String entity) {
    persister = factory.getMappingMetamodel().getEntityDescriptor(entity);
  }

  /** Compares two disassembled states. */
  Compared compare(Serializable[] cached, Serializable[] database, SessionImplementor session) {
    Type[] types = persister.getPropertyTypes();
    List<Difference> differences = new ArrayList<>();
    TreeSet<String> tables = new TreeSet<>();
    Reason incomparable = null;
    for (int i = 0; i < types.length; i++) {
      if (isLeftOut(types[i], cached[i], database[i])) {
        continue;
      }
      Object one = Values.canonical(cached[i]);
      Object other = Values.canonical(database[i]);
      if (Objects.equals(one, other)) {
        continue;
      }
      List<SelectableMapping> columns = columns(i);
      if (!Values.isComparable(one) || !Values.isComparable(other)) {
        incomparable = Reason.INCOMPARABLE;
      } else if (columns.stream().anyMatch(column -> isIndefinite(column, session))) {
        incomparable = Reason.INDEFINITE;
      } else {
        Object held = shown(types[i], columns, cached[i], session);
        Object found = shown(types[i], columns, database[i], session);
        differences.add(
            new Difference(
                persister.getPropertyNames()[i],
                String.join(
                    ", ", columns.stream().map(SelectableMapping::getSelectionExpression).toList()),
                Values.text(held),
                Values.text(found)));
        tables.add(canBeAskedAgain(columns, held, found) ? tableOf(columns) : "");
      }
    }
    return new Compared(differences, tables.size() == 1 ? tables.first() : "", incomparable);
  }

  /** Collections are cached for themselves; of a property that was not fetched nothing is known. */
  private static boolean isLeftOut(Type type, @Nullable Object cached, @Nullable Object database) {
    return type.isCollectionType()
        || cached == LazyPropertyInitializer.UNFETCHED_PROPERTY
        || database == LazyPropertyInitializer.UNFETCHED_PROPERTY;
  }

  /** Whether the texts of both are values of one column, and whole. */
  private static boolean canBeAskedAgain(
      List<SelectableMapping> columns, @Nullable Object cached, @Nullable Object database) {
    return columns.size() == 1
        && !columns.get(0).isFormula()
        && isColumnText(cached)
        && isColumnText(database);
  }

  private static boolean isColumnText(@Nullable Object value) {
    boolean castable =
        value == null
            || isPlainText(value)
            || value instanceof Enum
            || value instanceof Date
            || value instanceof TemporalAccessor
            || value instanceof byte[];
    return castable && !Values.isCut(Values.text(value));
  }

  private static String tableOf(List<SelectableMapping> columns) {
    return columns.get(0).getContainingTableExpression();
  }

  private static boolean isIndefinite(SelectableMapping column, SessionImplementor session) {
    return column.isFormula() && Definite.mayVary(column.getSelectionExpression(), session);
  }

  private List<SelectableMapping> columns(int property) {
    List<SelectableMapping> columns = new ArrayList<>();
    AttributeMapping attribute =
        persister.findAttributeMapping(persister.getPropertyNames()[property]);
    if (attribute != null) {
      attribute.forEachSelectable((position, column) -> columns.add(column));
    }
    return columns;
  }

  /** As the column holds it, where that is one and easily told. */
  private static @Nullable Object shown(
      Type type,
      List<SelectableMapping> columns,
      @Nullable Serializable disassembled,
      SessionImplementor session) {
    if (disassembled != null && columns.size() == 1 && type instanceof BasicType<?> basic) {
      return relational(basic, basic.assemble(disassembled, session, null));
    }
    return disassembled;
  }

  @SuppressWarnings({"unchecked", "EnumOrdinal"}) // the ordinal is what the column holds
  private static <J> @Nullable Object relational(BasicType<J> type, @Nullable Object value) {
    Object converted = type.convertToRelationalValue((J) value);
    return converted instanceof Enum<?> constant && type.getJdbcType().isInteger()
        ? constant.ordinal()
        : converted;
  }

  /** Whether the database takes the value's own text for it. */
  private static boolean isPlainText(@Nullable Object value) {
    return value instanceof CharSequence
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof UUID
        || value instanceof LocalDate;
  }

  /** A row of one of the class's tables, if its key can be written as text. */
  Optional<Row> row(String table, Object disassembledId) {
    Object[] values =
        disassembledId instanceof Object[] several ? several : new Object[] {disassembledId};
    if (!Arrays.stream(values).allMatch(Properties::isPlainText)) {
      return Optional.empty();
    }
    Map<String, String> key = new LinkedHashMap<>();
    persister.forEachTableDetails(
        details -> {
          if (details.getTableName().equals(table)
              && details.getKeyDetails().getColumnCount() == values.length) {
            for (int i = 0; i < values.length; i++) {
              key.put(
                  details.getKeyDetails().getKeyColumn(i).getColumnName(),
                  String.valueOf(values[i]));
            }
          }
        });
    return key.isEmpty() ? Optional.empty() : Optional.of(new Row(table, key));
  }
}
