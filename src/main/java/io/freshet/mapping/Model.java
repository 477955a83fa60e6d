package io.freshet.mapping;

import io.freshet.change.TableName;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.hibernate.Hibernate;
import org.hibernate.StatelessSession;
import org.hibernate.binder.internal.TenantIdBinder;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.EmbeddableMappingType;
import org.hibernate.metamodel.mapping.EmbeddableValuedModelPart;
import org.hibernate.metamodel.mapping.EntityDiscriminatorMapping;
import org.hibernate.metamodel.mapping.EntityMappingType;
import org.hibernate.metamodel.mapping.EntityValuedModelPart;
import org.hibernate.metamodel.mapping.ForeignKeyDescriptor;
import org.hibernate.metamodel.mapping.ModelPart;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.metamodel.mapping.SoftDeleteMapping;
import org.hibernate.metamodel.mapping.internal.ToOneAttributeMapping;
import org.hibernate.metamodel.mapping.ordering.OrderByFragment;
import org.hibernate.metamodel.mapping.ordering.OrderByFragmentImpl;
import org.hibernate.metamodel.mapping.ordering.ast.ColumnReference;
import org.hibernate.metamodel.mapping.ordering.ast.DomainPath;
import org.hibernate.metamodel.mapping.ordering.ast.FunctionExpression;
import org.hibernate.metamodel.mapping.ordering.ast.OrderingExpression;
import org.hibernate.metamodel.mapping.ordering.ast.OrderingSpecification;
import org.hibernate.metamodel.mapping.ordering.ast.SelfRenderingOrderingExpression;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.AbstractEntityPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.hibernate.persister.entity.UnionSubclassEntityPersister;
import org.hibernate.persister.entity.mutation.EntityTableMapping;
import org.hibernate.persister.internal.SqlFragmentPredicate;
import org.hibernate.sql.Template;
import org.hibernate.sql.ast.spi.SqlAstCreationState;
import org.hibernate.sql.ast.tree.from.TableGroup;
import org.hibernate.sql.ast.tree.predicate.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The one place that calls what Hibernate does not promise to keep: internal types of the runtime
 * mapping model, as of 7.4.
 */
final class Model {

  private Model() {}

  /**
   * A table of an entity.
   *
   * @param name as Hibernate renders it
   * @param keyColumns the columns that hold the identifier, in its order, as rendered
   * @param identifierTable whether its row makes the entity exist
   */
  record Table(String name, List<String> keyColumns, boolean identifierTable) {

    /** Whether this is a table of the database and not a subselect in its place. */
    boolean real() {
      return isRealTable(name);
    }
  }

  /** What a collection is sorted by: columns that can be named, and SQL that can only be read. */
  record Ordering(List<SelectableMapping> selectables, Set<String> columns, List<String> sql) {}

  /**
   * A to-one attribute whose foreign key is stored with the entity.
   *
   * @param target what it refers to
   * @param byIdentifier false for a property-ref: the entry holds the target's identifier all the
   *     same, not the value of the column
   * @param mayDangle whether a foreign key without its row reads as null
   * @param targetColumns the columns it refers to
   */
  record Reference(
      EntityPersister target,
      boolean byIdentifier,
      boolean mayDangle,
      List<SelectableMapping> targetColumns) {}

  /** All entities by the name of their hierarchy's root. */
  static Map<String, List<EntityPersister>> hierarchies(SessionFactoryImplementor factory) {
    Map<String, List<EntityPersister>> byRoot = new LinkedHashMap<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister ->
                byRoot
                    .computeIfAbsent(persister.getRootEntityName(), root -> new ArrayList<>())
                    .add(persister));
    return byRoot;
  }

  static List<CollectionPersister> collections(SessionFactoryImplementor factory) {
    List<CollectionPersister> all = new ArrayList<>();
    factory.getMappingMetamodel().forEachCollectionDescriptor(all::add);
    return all;
  }

  /** The entity itself and everything below it. */
  static List<EntityPersister> withSubclasses(EntityPersister persister) {
    List<EntityPersister> all = new ArrayList<>();
    for (Object name : persister.getSubclassEntityNames()) {
      all.add(persister.getFactory().getMappingMetamodel().getEntityDescriptor((String) name));
    }
    return all;
  }

  static List<Table> tables(EntityPersister persister) {
    List<Table> tables = new ArrayList<>();
    persister.forEachTableDetails(
        details -> {
          List<String> columns = new ArrayList<>();
          details
              .getKeyDetails()
              .forEachKeyColumn((i, column) -> columns.add(column.getColumnName()));
          tables.add(new Table(details.getTableName(), columns, details.isIdentifierTable()));
        });
    return tables;
  }

  /** Main tables from the root entity down to this one, without repetition. */
  static List<String> inheritanceChain(EntityPersister persister) {
    List<String> chain = new ArrayList<>();
    for (EntityMappingType type = persister; type != null; type = type.getSuperMappingType()) {
      String table = type.getMappedTableDetails().getTableName();
      if (!chain.contains(table)) {
        chain.add(table);
      }
    }
    Collections.reverse(chain);
    return chain;
  }

  /**
   * Every string that stands for the entity's tables, its subclasses' and the synchronized ones.
   */
  static Set<String> spaces(EntityPersister persister) {
    Set<String> spaces = new LinkedHashSet<>(List.of(persister.getPropertySpaces()));
    for (Object space : persister.getQuerySpaces()) {
      spaces.add((String) space);
    }
    return spaces;
  }

  /**
   * Names that stand for no table: Hibernate names one for an abstract class with a table per
   * subclass, and does not create it.
   */
  static Set<String> imaginaryTables(SessionFactoryImplementor factory) {
    Set<String> imaginary = new LinkedHashSet<>();
    Set<String> real = new LinkedHashSet<>();
    factory
        .getMappingMetamodel()
        .forEachEntityDescriptor(
            persister -> {
              if (persister instanceof UnionSubclassEntityPersister union
                  && !List.of(union.getConstraintOrderedTableNameClosure())
                      .contains(union.getRootTableName())) {
                imaginary.add(union.getRootTableName());
              } else {
                tables(persister).forEach(table -> real.add(table.name()));
              }
            });
    for (CollectionPersister persister : collections(factory)) {
      if (!persister.isOneToMany()) {
        real.add(persister.getTableName());
      }
    }
    imaginary.removeAll(real);
    return imaginary;
  }

  /** Whether the entity's hierarchy has a table for each class, with the inherited columns. */
  static boolean hasTablePerClass(EntityPersister persister) {
    return persister instanceof UnionSubclassEntityPersister;
  }

  /** The columns and formulas that the entity's own cached state is read from. */
  static void forEachSelectable(EntityPersister persister, Consumer<SelectableMapping> consumer) {
    persister.forEachAttributeMapping(attribute -> forEachSelectable(attribute, consumer));
    EntityDiscriminatorMapping discriminator = persister.getDiscriminatorMapping();
    if (discriminator != null && discriminator.hasPhysicalColumn() && !discriminator.isFormula()) {
      consumer.accept(discriminator);
    }
    SoftDeleteMapping softDelete = persister.getSoftDeleteMapping();
    if (softDelete != null) {
      consumer.accept(softDelete);
    }
  }

  /** A to-many attribute has none; a JSON or struct embeddable has the column it is stored in. */
  static void forEachSelectable(AttributeMapping attribute, Consumer<SelectableMapping> consumer) {
    if (attribute.isPluralAttributeMapping()) {
      return;
    }
    if (attribute instanceof EmbeddableValuedModelPart embedded) {
      EmbeddableMappingType type = embedded.getEmbeddableTypeDescriptor();
      SelectableMapping aggregate = type.getAggregateMapping();
      if (aggregate != null) {
        consumer.accept(aggregate);
        return;
      }
      for (int i = 0; i < type.getNumberOfAttributeMappings(); i++) {
        forEachSelectable(type.getAttributeMapping(i), consumer);
      }
      if (type.getDiscriminatorMapping() != null) {
        consumer.accept(type.getDiscriminatorMapping());
      }
      return;
    }
    attribute.forEachSelectable((i, selectable) -> consumer.accept(selectable));
  }

  /** The references among the entity's attributes, in embeddables too. */
  static List<Reference> references(EntityPersister persister) {
    List<Reference> references = new ArrayList<>();
    persister.forEachAttributeMapping(attribute -> addReferences(attribute, references));
    return references;
  }

  private static void addReferences(AttributeMapping attribute, List<Reference> references) {
    if (attribute instanceof ToOneAttributeMapping toOne) {
      if (toOne.getSideNature() == ForeignKeyDescriptor.Nature.KEY) {
        references.add(
            new Reference(
                toOne.getAssociatedEntityMappingType().getEntityPersister(),
                toOne.isReferenceToPrimaryKey(),
                toOne.hasNotFoundAction(),
                KeyReaders.selectables(toOne.getForeignKeyDescriptor().getTargetPart())));
      }
    } else if (attribute instanceof EmbeddableValuedModelPart embedded) {
      EmbeddableMappingType type = embedded.getEmbeddableTypeDescriptor();
      for (int i = 0; i < type.getNumberOfAttributeMappings(); i++) {
        addReferences(type.getAttributeMapping(i), references);
      }
    }
  }

  static boolean isToOne(AttributeMapping attribute) {
    return attribute instanceof ToOneAttributeMapping;
  }

  /** Whether statements of the user's own write the entity. */
  static boolean hasCustomSql(EntityPersister persister) {
    if (!(persister instanceof AbstractEntityPersister known)) {
      return true;
    }
    for (EntityTableMapping table : known.getTableMappings()) {
      if (table.getInsertCustomSql() != null || table.getUpdateCustomSql() != null) {
        return true;
      }
    }
    return false;
  }

  /** The formula by which rows are told apart; null for a column. */
  static @Nullable String discriminatorFormula(EntityPersister persister) {
    EntityDiscriminatorMapping discriminator = persister.getDiscriminatorMapping();
    return discriminator != null && discriminator.isFormula()
        ? discriminator.getSelectionExpression()
        : null;
  }

  /** Whether the state holds values that the database or a formula makes. */
  static boolean hasComputedState(EntityPersister persister) {
    return persister.hasInsertGeneratedProperties()
        || persister.hasUpdateGeneratedProperties()
        || persister.getTemporalMapping() != null
        || persister.getAuditMapping() != null
        || !(persister instanceof AbstractEntityPersister known)
        || known.hasFormulaProperties();
  }

  /** The entity that the collection's elements are; null for values. */
  static @Nullable EntityPersister element(CollectionPersister persister) {
    return persister.getAttributeMapping().getElementDescriptor()
            instanceof EntityValuedModelPart entity
        ? entity.getEntityMappingType().getEntityPersister()
        : null;
  }

  /** Whether the foreign key refers to the owner's identifier, not to what a property-ref names. */
  @SuppressWarnings("removal") // the replacement, the attribute mapping, does not tell
  static boolean refersToOwnerIdentifier(CollectionPersister persister) {
    return persister.getCollectionType().useLHSPrimaryKey();
  }

  /** The SQL of the entity's own restriction; empty where it has none. */
  static List<String> restrictions(EntityPersister persister) {
    if (!persister.hasWhereRestrictions()) {
      return List.of();
    }
    Fragments fragments = new Fragments();
    persister.applyWhereRestrictions(fragments, null, false, null);
    return fragments.orFail(persister.getEntityName());
  }

  /** The SQL of the collection's restrictions, on its join table and on its elements. */
  static List<String> restrictions(CollectionPersister persister) {
    PluralAttributeMapping attribute = persister.getAttributeMapping();
    if (!attribute.hasWhereRestrictions()) {
      return List.of();
    }
    Fragments fragments = new Fragments();
    TableGroup group = stub(TableGroup.class);
    SqlAstCreationState state = stub(SqlAstCreationState.class);
    attribute.applyWhereRestrictions(fragments, group, false, state);
    attribute.applyBaseManyToManyRestrictions(fragments, group, false, Map.of(), null, state);
    return fragments.orFail(persister.getRole());
  }

  /** What the collection's {@code @OrderBy} or {@code @SQLOrder} reads. */
  static Ordering ordering(PluralAttributeMapping attribute) {
    Ordering ordering = new Ordering(new ArrayList<>(), new LinkedHashSet<>(), new ArrayList<>());
    OrderByFragment[] fragments = {
      attribute.getOrderByFragment(), attribute.getManyToManyOrderByFragment()
    };
    for (OrderByFragment fragment : fragments) {
      if (fragment instanceof OrderByFragmentImpl known) {
        for (OrderingSpecification specification : known.getFragmentSpecs()) {
          addOrdering(specification.getExpression(), ordering);
        }
      } else if (fragment != null) {
        throw new IllegalStateException("unknown kind of ordering: " + fragment.getClass());
      }
    }
    return ordering;
  }

  private static void addOrdering(OrderingExpression expression, Ordering into) {
    if (expression instanceof DomainPath path) {
      path.getReferenceModelPart().forEachSelectable((i, one) -> into.selectables().add(one));
    } else if (expression instanceof ColumnReference column) {
      if (column.isColumnExpressionFormula()) {
        into.sql().add(column.getColumnExpression());
      } else {
        into.columns().add(column.getColumnExpression());
      }
    } else if (expression instanceof FunctionExpression function) {
      function.getArguments().forEach(argument -> addOrdering(argument, into));
    } else if (expression instanceof SelfRenderingOrderingExpression fragment) {
      into.sql().add(fragment.getExpression());
    } else {
      throw new IllegalStateException("unknown kind of ordering: " + expression.getClass());
    }
  }

  /** Takes one column's value out of an attribute's. */
  @FunctionalInterface
  interface ColumnConsumer {
    void accept(SelectableMapping column, @Nullable Object value);
  }

  /**
   * Takes a value apart into what is stored in its columns.
   *
   * @return false if Hibernate cannot: what was consumed so far is of no worth then
   */
  static boolean decompose(
      ModelPart part,
      @Nullable Object value,
      SharedSessionContractImplementor session,
      ColumnConsumer consumer) {
    try {
      part.decompose(value, (index, stored, column) -> consumer.accept(column, stored), session);
      return true;
    } catch (RuntimeException e) {
      // whatever it was, a reference to an unsaved entity or a converter that fails, the caller
      // answers for more rows instead
      return false;
    }
  }

  /**
   * Whether taking the value apart would have to load it: a reference by another attribute than the
   * identifier, to an entity that is not loaded.
   */
  static boolean needsLoading(AttributeMapping attribute, @Nullable Object value) {
    return attribute instanceof ToOneAttributeMapping toOne
        && !toOne.isReferenceToPrimaryKey()
        && !Hibernate.isInitialized(value);
  }

  /**
   * Whether sessions have a tenant, and so cache keys. The factory's own answer is about databases
   * and schemas per tenant only, not about {@code @TenantId}.
   */
  static boolean multiTenant(SessionFactoryImplementor factory) {
    return factory.getSessionFactoryOptions().isMultiTenancyEnabled()
        || factory.getSessionFactoryOptions().getCurrentTenantIdentifierResolver() != null
        || factory.getDefinedFilterNames().contains(TenantIdBinder.FILTER_NAME);
  }

  static Object naturalIdKey(
      NaturalIdDataAccess access,
      EntityPersister persister,
      Object values,
      @Nullable String tenant) {
    SessionFactoryImplementor factory = persister.getFactory();
    Object tenantValue =
        tenant == null ? null : factory.getTenantIdentifierJavaType().fromString(tenant);
    try (StatelessSession session =
        tenantValue == null
            ? factory.openStatelessSession()
            : factory.withStatelessOptions().tenantIdentifier(tenantValue).openStatelessSession()) {
      return access.generateCacheKey(values, persister, (SharedSessionContractImplementor) session);
    }
  }

  /** The SQL by which a column is read, where that is more than the column; null otherwise. */
  static @Nullable String readSql(SelectableMapping selectable) {
    String read = selectable.getCustomReadExpression();
    if (read == null) {
      return null;
    }
    String column =
        read.startsWith(Template.TEMPLATE + ".")
            ? read.substring(Template.TEMPLATE.length() + 1)
            : read;
    return column.equals(selectable.getSelectionExpression()) ? null : read;
  }

  /** Whether a table expression is a name, not a subselect. */
  static boolean isRealTable(String expression) {
    return !expression.stripLeading().startsWith("(");
  }

  /** The table a rendered expression names. */
  static TableName tableName(String expression) {
    return TableName.parse(expression);
  }

  /** A column's name without quotes, in lower case. */
  static String column(String expression) {
    String name = expression;
    if (name.length() > 1 && "\"`[".indexOf(name.charAt(0)) >= 0) {
      name = name.substring(1, name.length() - 1);
    }
    return name.toLowerCase(Locale.ROOT);
  }

  /**
   * Restrictions are rendered for a query. These stand in for the query: they are asked for table
   * aliases only, which do not matter here, and answer that there are none.
   */
  private static <T> T stub(Class<T> type) {
    InvocationHandler nothing =
        (proxy, method, arguments) -> method.getReturnType() == boolean.class ? true : null;
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, nothing));
  }

  private static final class Fragments implements Consumer<Predicate> {
    private final List<String> sql = new ArrayList<>();
    private boolean unknown;

    @Override
    public void accept(Predicate predicate) {
      if (predicate instanceof SqlFragmentPredicate fragment) {
        sql.add(fragment.getSqlFragment());
      } else {
        unknown = true;
      }
    }

    List<String> orFail(String of) {
      if (unknown || sql.isEmpty()) {
        throw new IllegalStateException("cannot read the SQL restriction of " + of);
      }
      return sql;
    }
  }
}
