package io.freshet.mapping;

import io.freshet.change.TableName;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.BasicValuedModelPart;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.persister.entity.EntityPersister;

/**
 * Whether an entry that Hibernate caches after its own write is what a reload of the row would
 * give, as far as the mapping shows it. Triggers and generated columns are for the database to rule
 * out. Thread-safe.
 */
public final class WriteThrough {

  /** Types whose values come back from the database exactly as they went there. */
  private static final Set<Class<?>> EXACT =
      Set.of(
          Long.class,
          Integer.class,
          Short.class,
          Byte.class,
          Boolean.class,
          Double.class,
          UUID.class);

  private WriteThrough() {}

  /**
   * As {@link #entryEqualsRow(EntityPersister, ExactColumns)}, trusting the mapping about types.
   */
  public static boolean entryEqualsRow(EntityPersister persister) {
    return entryEqualsRow(persister, ExactColumns.AS_MAPPED);
  }

  /**
   * Whether the entry provably equals the row: one table, every column written from the entity's
   * state by every update, and only types that do not round, pad or convert. False where in doubt.
   *
   * @param exact what the database knows about the types of text columns
   */
  public static boolean entryEqualsRow(EntityPersister persister, ExactColumns exact) {
    List<Model.Table> tables = Model.tables(persister);
    if (tables.size() != 1
        || !tables.get(0).real()
        || persister.isDynamicUpdate()
        || persister.isDynamicInsert()
        || persister.hasLazyProperties()
        || persister.hasPreInsertGeneratedProperties()
        || persister.hasPreUpdateGeneratedProperties()
        || persister.hasWhereRestrictions()
        || persister.getSoftDeleteMapping() != null
        || Model.discriminatorFormula(persister) != null
        || Model.hasCustomSql(persister)
        || Model.hasComputedState(persister)) {
      return false;
    }
    for (int i = 0; i < persister.getNumberOfAttributeMappings(); i++) {
      AttributeMapping attribute = persister.getAttributeMapping(i);
      if (!attribute.isPluralAttributeMapping() && !comesBack(attribute, exact)) {
        return false;
      }
    }
    return Model.references(persister).stream().allMatch(WriteThrough::isPlain);
  }

  private static boolean comesBack(AttributeMapping attribute, ExactColumns exact) {
    boolean kind = attribute instanceof BasicValuedModelPart || Model.isToOne(attribute);
    return kind
        && KeyReaders.selectables(attribute).stream().allMatch(column -> comesBack(column, exact));
  }

  private static boolean comesBack(SelectableMapping column, ExactColumns exact) {
    Class<?> type = column.getJdbcMapping().getMappedJavaType().getJavaTypeClass();
    boolean exactType =
        EXACT.contains(type)
            ? ExactTypes.isPlain(column.getJdbcMapping())
            : (type == String.class || type.isEnum())
                && ExactTypes.isExact(column.getJdbcMapping());
    TableName table = Model.tableName(column.getContainingTableExpression());
    return exactType
        && !column.isFormula()
        && column.isInsertable()
        && column.isUpdateable()
        && Model.readSql(column) == null
        && column.getWriteExpression().equals("?")
        && exact.isExact(table, Model.column(column.getSelectionExpression()));
  }

  private static boolean isPlain(Model.Reference reference) {
    return reference.byIdentifier()
        && !reference.mayDangle()
        && !reference.target().hasWhereRestrictions()
        && reference.target().getSoftDeleteMapping() == null;
  }
}
