package io.freshet.mapping;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.metamodel.mapping.ValuedModelPart;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Tells what Hibernate's own flush of one collection did, in rows of the collection's table. So
 * other cached collections over the same table, such as the inverse side of a many-to-many, are
 * found by the same rules as for any other writer. Thread-safe.
 */
public final class CollectionRows {

  private CollectionRows() {}

  /**
   * What creating, updating or removing the collection may have done.
   *
   * @param persister the collection's
   * @param key the collection's key, which is the owner's identifier unless the mapping names
   *     another attribute; null where it is not known
   * @param session the session of the event; no statement is executed on it
   */
  public static List<Change> changed(
      CollectionPersister persister,
      @Nullable Object key,
      SharedSessionContractImplementor session) {
    RowValues pinned = pinned(persister, key, session);
    if (persister.isOneToMany()) {
      return elementRows(persister, pinned);
    }
    if (persister.isInverse()) {
      return List.of(); // the other side writes the rows, and has an event of its own
    }
    String table = persister.getTableName();
    return List.of(
        pinned.equals(RowValues.UNKNOWN)
            ? TableChange.anything(Model.tableName(table))
            : new RowChange(Model.tableName(table), Operation.ANY, pinned, pinned, ColumnSet.ALL));
  }

  /**
   * What writing an entity together with all collections of its own may have done.
   *
   * @param id the owner's identifier
   * @param session as for {@link #changed}
   */
  public static List<Change> ownedBy(
      EntityPersister owner, Object id, SharedSessionContractImplementor session) {
    List<Change> changes = new ArrayList<>();
    owner.visitAttributeMappings(
        attribute -> {
          if (attribute.isPluralAttributeMapping()) {
            CollectionPersister persister =
                attribute.asPluralAttributeMapping().getCollectionDescriptor();
            boolean byIdentifier =
                attribute.asPluralAttributeMapping().getKeyDescriptor().getTargetPart()
                    instanceof EntityIdentifierMapping;
            changes.addAll(changed(persister, byIdentifier ? id : null, session));
          }
        });
    return changes;
  }

  /**
   * Elements of a one-to-many get and lose a foreign key in their own rows. Where one comes from,
   * another collection or none, is not known here: such rows are not pinned. The inverse side
   * writes no foreign key, only positions of the rows that have it.
   */
  private static List<Change> elementRows(CollectionPersister persister, RowValues pinned) {
    PluralAttributeMapping attribute = persister.getAttributeMapping();
    Set<String> columns = new LinkedHashSet<>();
    CollectionPart position = attribute.getIndexDescriptor();
    if (position != null) {
      columns.addAll(KeyReaders.columns(KeyReaders.selectables(position)));
    }
    if (!persister.isInverse()) {
      columns.addAll(
          KeyReaders.columns(KeyReaders.selectables(attribute.getKeyDescriptor().getKeyPart())));
    }
    List<Change> changes = new ArrayList<>();
    if (columns.isEmpty()) {
      return changes;
    }
    boolean pin = persister.isInverse() && !pinned.equals(RowValues.UNKNOWN);
    ColumnSet changed = ColumnSet.of(columns);
    for (String table : keyTables(persister)) {
      changes.add(
          pin
              ? new RowChange(Model.tableName(table), Operation.UPDATE, pinned, pinned, changed)
              : new TableChange(Model.tableName(table), Operation.UPDATE, changed));
    }
    return changes;
  }

  private static Set<String> keyTables(CollectionPersister persister) {
    Set<String> tables = new LinkedHashSet<>();
    String named = persister.getAttributeMapping().getKeyDescriptor().getKeyTable();
    EntityPersister element = Model.element(persister);
    if (Model.isRealTable(named) || element == null) {
      tables.add(named);
    } else {
      for (EntityPersister type : Model.withSubclasses(element)) {
        Model.tables(type).stream().filter(Model.Table::real).forEach(t -> tables.add(t.name()));
      }
    }
    return tables;
  }

  private static RowValues pinned(
      CollectionPersister persister,
      @Nullable Object key,
      SharedSessionContractImplementor session) {
    if (key == null) {
      return RowValues.UNKNOWN;
    }
    ValuedModelPart part = persister.getAttributeMapping().getKeyDescriptor().getKeyPart();
    List<SelectableMapping> columns = KeyReaders.selectables(part);
    List<@Nullable Object> values = new ArrayList<>();
    boolean read = Model.decompose(part, key, session, (column, value) -> values.add(value));
    if (!read || values.size() != columns.size()) {
      return RowValues.UNKNOWN;
    }
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      row.put(Model.column(columns.get(i).getSelectionExpression()), values.get(i));
    }
    return new RowValues(row);
  }
}
