package io.freshet.mapping;

import io.freshet.change.TableName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.hibernate.HibernateException;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.BasicValuedModelPart;
import org.hibernate.metamodel.mapping.CompositeIdentifierMapping;
import org.hibernate.metamodel.mapping.EmbeddableMappingType;
import org.hibernate.metamodel.mapping.EmbeddableValuedModelPart;
import org.hibernate.metamodel.mapping.EntityAssociationMapping;
import org.hibernate.metamodel.mapping.EntityIdentifierMapping;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.NonAggregatedIdentifierMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.metamodel.mapping.SingularAttributeMapping;
import org.hibernate.metamodel.mapping.ValuedModelPart;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Makes the readers of identifiers and foreign keys. What cannot be read exactly becomes {@link
 * KeyReader#NEVER}.
 */
final class KeyReaders {

  private final SessionFactoryImplementor factory;
  private final ExactColumns exact;

  KeyReaders(SessionFactoryImplementor factory, ExactColumns exact) {
    this.factory = factory;
    this.exact = exact;
  }

  /** Takes as many of the values as its columns, and makes one part of a key of them. */
  @FunctionalInterface
  private interface Part {
    Optional<Object> read(Iterator<? extends @Nullable Object> values);
  }

  /** Reads the entity's identifier from the columns of its key, in their order. */
  KeyReader identifier(EntityPersister persister) {
    return reader(identifierPart(persister.getIdentifierMapping()));
  }

  /** Reads a natural id of basic attributes: the value, or the array of values. */
  KeyReader naturalId(List<SingularAttributeMapping> attributes) {
    List<Part> parts = new ArrayList<>();
    for (SingularAttributeMapping attribute : attributes) {
      Part part =
          attribute instanceof BasicValuedModelPart basic
              ? basicPart((SelectableMapping) basic)
              : null;
      if (part == null) {
        return KeyReader.NEVER;
      }
      parts.add(part);
    }
    return values -> {
      Object[] all = new Object[parts.size()];
      if (!readAll(parts, values.iterator(), all)) {
        return Optional.empty();
      }
      return Optional.of(all.length == 1 ? all[0] : all);
    };
  }

  /**
   * The columns and the reader of a collection's key.
   *
   * @param columns in lower case, in the order that the reader wants them
   */
  record ForeignKey(List<String> columns, KeyReader reader) {}

  /**
   * A collection's key is the foreign key's value as the owner's attribute holds it: the owner's
   * identifier, or the attribute that a property-ref names.
   */
  ForeignKey foreignKey(CollectionPersister persister) {
    ForeignKeyDescriptor descriptor = persister.getAttributeMapping().getKeyDescriptor();
    List<SelectableMapping> keys = selectables(descriptor.getKeyPart());
    List<SelectableMapping> targets = selectables(descriptor.getTargetPart());
    List<String> asMapped = columns(keys);
    boolean exactKey = keys.stream().allMatch(this::isExact) && keys.size() == targets.size();
    if (!exactKey) {
      return new ForeignKey(asMapped, KeyReader.NEVER);
    }
    if (!Model.refersToOwnerIdentifier(persister)) {
      Part part = targets.size() == 1 ? basicPart(targets.get(0)) : null;
      return new ForeignKey(asMapped, reader(part));
    }
    EntityIdentifierMapping identifier = persister.getOwnerEntityPersister().getIdentifierMapping();
    List<String> ordered = new ArrayList<>();
    for (SelectableMapping column : selectables(identifier)) {
      for (int i = 0; i < targets.size(); i++) {
        if (targets.get(i).getSelectionExpression().equals(column.getSelectionExpression())) {
          ordered.add(asMapped.get(i));
        }
      }
    }
    return ordered.size() == asMapped.size()
        ? new ForeignKey(ordered, reader(identifierPart(identifier)))
        : new ForeignKey(asMapped, KeyReader.NEVER);
  }

  private @Nullable Part identifierPart(EntityIdentifierMapping identifier) {
    if (identifier instanceof CompositeIdentifierMapping composite) {
      if (composite instanceof NonAggregatedIdentifierMapping several
          && several.getIdClassEmbeddable() == null) {
        return null; // the entity itself serves as its identifier
      }
      return embeddablePart(
          composite.getPartMappingType(), composite.getMappedIdEmbeddableTypeDescriptor());
    }
    BasicValuedModelPart basic = identifier.asBasicValuedModelPart();
    return basic == null ? null : basicPart((SelectableMapping) basic);
  }

  private @Nullable Part basicPart(SelectableMapping selectable) {
    if (!isExact(selectable)) {
      return null;
    }
    ColumnReader column =
        new ColumnReader(selectable.getJdbcMapping(), factory.getWrapperOptions());
    return values -> {
      Object value = values.next();
      return value == null ? Optional.empty() : column.read(value);
    };
  }

  /**
   * @param columns the attributes as mapped on columns
   * @param target the class that the identifier is an instance of, with the same attributes
   */
  private @Nullable Part embeddablePart(
      EmbeddableMappingType columns, EmbeddableMappingType target) {
    int size = columns.getNumberOfAttributeMappings();
    if (columns.isPolymorphic()
        || target.isPolymorphic()
        || columns.getAggregateMapping() != null
        || target.getNumberOfAttributeMappings() != size) {
      return null;
    }
    List<Part> parts = new ArrayList<>();
    int[] positions = new int[size];
    for (int i = 0; i < size; i++) {
      AttributeMapping source = columns.getAttributeMapping(i);
      int position = positionOf(source.getAttributeName(), target);
      Part part = position < 0 ? null : attributePart(source, target.getAttributeMapping(position));
      if (part == null) {
        return null;
      }
      positions[i] = position;
      parts.add(part);
    }
    return values -> {
      Object[] inColumnOrder = new Object[size];
      if (!readAll(parts, values, inColumnOrder)) {
        return Optional.empty();
      }
      Object[] state = new Object[size];
      for (int i = 0; i < size; i++) {
        state[positions[i]] = inColumnOrder[i];
      }
      return instantiate(target, state);
    };
  }

  private @Nullable Part attributePart(AttributeMapping source, AttributeMapping target) {
    if (source instanceof EntityAssociationMapping association) {
      // an association inside an @EmbeddedId: the key's hash is that of an instance
      return target instanceof EntityAssociationMapping ? null : referencePart(association);
    }
    if (source instanceof EmbeddableValuedModelPart from
        && target instanceof EmbeddableValuedModelPart to) {
      return embeddablePart(from.getEmbeddableTypeDescriptor(), to.getEmbeddableTypeDescriptor());
    }
    return source instanceof BasicValuedModelPart ? basicPart((SelectableMapping) source) : null;
  }

  /** An {@code @IdClass} holds the identifier of what the entity's association refers to. */
  private @Nullable Part referencePart(EntityAssociationMapping association) {
    if (!association.isReferenceToPrimaryKey()) {
      return null;
    }
    ValuedModelPart key = association.getForeignKeyDescriptor().getKeyPart();
    if (key instanceof EmbeddableValuedModelPart embeddable) {
      return association.getAssociatedEntityMappingType().getIdentifierMapping()
              instanceof CompositeIdentifierMapping referenced
          ? embeddablePart(
              embeddable.getEmbeddableTypeDescriptor(),
              referenced.getMappedIdEmbeddableTypeDescriptor())
          : null;
    }
    return basicPart(key.getSelectable(0));
  }

  private boolean isExact(SelectableMapping selectable) {
    if (!ExactTypes.isExact(selectable)) {
      return false;
    }
    String table = selectable.getContainingTableExpression();
    TableName name = Model.isRealTable(table) ? Model.tableName(table) : TableName.of("subselect");
    return exact.isExact(name, Model.column(selectable.getSelectionExpression()));
  }

  private static KeyReader reader(@Nullable Part part) {
    return part == null ? KeyReader.NEVER : values -> part.read(values.iterator());
  }

  private static boolean readAll(
      List<Part> parts, Iterator<? extends @Nullable Object> values, @Nullable Object[] into) {
    for (int i = 0; i < into.length; i++) {
      Optional<Object> value = parts.get(i).read(values);
      if (value.isEmpty()) {
        return false;
      }
      into[i] = value.get();
    }
    return true;
  }

  private static Optional<Object> instantiate(EmbeddableMappingType type, Object[] state) {
    try {
      return Optional.of(
          type.getRepresentationStrategy().getInstantiator().instantiate(() -> state));
    } catch (HibernateException e) {
      // a constructor that refuses these values: no such key can be in the cache
      return Optional.empty();
    }
  }

  private static int positionOf(String attribute, EmbeddableMappingType type) {
    for (int i = 0; i < type.getNumberOfAttributeMappings(); i++) {
      if (type.getAttributeMapping(i).getAttributeName().equals(attribute)) {
        return i;
      }
    }
    return -1;
  }

  static List<SelectableMapping> selectables(ModelPart part) {
    List<SelectableMapping> all = new ArrayList<>();
    part.forEachSelectable((i, selectable) -> all.add(selectable));
    return all;
  }

  static List<String> columns(List<SelectableMapping> selectables) {
    return selectables.stream().map(one -> Model.column(one.getSelectionExpression())).toList();
  }
}
