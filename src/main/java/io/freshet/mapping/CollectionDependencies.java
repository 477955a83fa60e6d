package io.freshet.mapping;

import io.freshet.change.ColumnSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.cache.spi.access.CollectionDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.CollectionPart;
import org.hibernate.metamodel.mapping.EntityAssociationMapping;
import org.hibernate.metamodel.mapping.EntityDiscriminatorMapping;
import org.hibernate.metamodel.mapping.PluralAttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.persister.collection.CollectionPersister;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/** Finds which tables cached collections depend on. */
final class CollectionDependencies {

  private final Index index;
  private final KeyReaders readers;

  CollectionDependencies(Index index, KeyReaders readers) {
    this.index = index;
    this.readers = readers;
  }

  void addAll(SessionFactoryImplementor factory) {
    for (CollectionPersister persister : Model.collections(factory)) {
      Set<String> spaces = Set.copyOf(List.of(persister.getCollectionSpaces()));
      spaces.forEach(index::addSpace);
      Model.restrictions(persister).forEach(sql -> index.addSqlOfQueries(spaces, sql));
      CollectionDataAccess access = persister.getCacheAccessStrategy();
      if (access != null) {
        new Role(persister, Target.of(access, persister)).add();
      }
    }
  }

  /** One cached collection role. */
  private final class Role {
    private final CollectionPersister persister;
    private final PluralAttributeMapping attribute;
    private final Target target;
    private final @Nullable EntityPersister element;
    private final KeyReaders.ForeignKey foreignKey;

    /** The tables whose rows hold the foreign key: one, but for elements of union subclasses. */
    private final Set<String> keyTables;

    /** Columns that matter, by table. */
    private final Map<String, Set<String>> watched = new LinkedHashMap<>();

    /** Columns that matter in whichever of the tables they are. */
    private final Set<String> watchedAnywhere = new LinkedHashSet<>();

    Role(CollectionPersister persister, Target target) {
      this.persister = persister;
      this.attribute = persister.getAttributeMapping();
      this.target = target;
      this.element = Model.element(persister);
      this.foreignKey = readers.foreignKey(persister);
      this.keyTables = keyTables(attribute.getKeyDescriptor().getKeyTable());
    }

    void add() {
      watchParts();
      watchOrderAndRestrictions();
      if (element != null) {
        watchElement(element);
      }
      RowKey key = new RowKey(target, foreignKey.columns(), foreignKey.reader());
      for (String table : keyTables) {
        index.add(table, new Dependent.CollectionTable(key, ColumnSet.of(columnsIn(table))));
      }
      for (String table : otherTables()) {
        Set<String> columns = columnsIn(table);
        if (!columns.isEmpty()) {
          index.add(table, Dependent.WholeRegion.onUpdate(target.region(), ColumnSet.of(columns)));
        }
      }
      for (String space : persister.getCollectionSpaces()) {
        if (Model.isRealTable(space)
            && !keyTables.contains(space)
            && !space.equals(persister.getTableName())) {
          index.add(space, Dependent.WholeRegion.onAnyChange(target.region()));
        }
      }
    }

    private Set<String> keyTables(String named) {
      Set<String> tables = new LinkedHashSet<>();
      if (!persister.isOneToMany() || element == null || isTableOf(element, named)) {
        tables.add(named);
        return tables;
      }
      // a subselect or a union of tables stands in the table's place
      Set<String> spaces = new LinkedHashSet<>();
      for (EntityPersister type : Model.withSubclasses(element)) {
        Model.tables(type).stream().filter(Model.Table::real).forEach(t -> tables.add(t.name()));
        spaces.addAll(Model.spaces(type));
      }
      spaces.removeAll(tables);
      for (String space : spaces) {
        if (Model.isRealTable(space)) {
          index.add(space, Dependent.WholeRegion.onAnyChange(target.region()));
        }
      }
      return tables;
    }

    /** Foreign key, elements, index and the identifiers of an id bag. */
    private void watchParts() {
      watchedAnywhere.addAll(foreignKey.columns());
      KeyReaders.selectables(attribute.getKeyDescriptor().getKeyPart()).forEach(this::watch);
      for (CollectionPart part :
          new CollectionPart[] {attribute.getElementDescriptor(), attribute.getIndexDescriptor()}) {
        if (part != null) {
          KeyReaders.selectables(part).forEach(this::watch);
          if (part instanceof EntityAssociationMapping association && !persister.isOneToMany()) {
            watchReferenced(association);
          }
        }
      }
      if (attribute.getIdentifierDescriptor() != null) {
        KeyReaders.selectables(attribute.getIdentifierDescriptor()).forEach(this::watch);
      }
      if (attribute.getSoftDeleteMapping() != null) {
        watch(attribute.getSoftDeleteMapping());
      }
    }

    /** An entry holds the element's identifier, whatever column the join table refers to. */
    private void watchReferenced(EntityAssociationMapping association) {
      if (association.isReferenceToPrimaryKey()) {
        return;
      }
      EntityPersister type = association.getAssociatedEntityMappingType().getEntityPersister();
      Set<String> columns = new LinkedHashSet<>();
      for (SelectableMapping column :
          KeyReaders.selectables(association.getForeignKeyDescriptor().getTargetPart())) {
        columns.add(Model.column(column.getSelectionExpression()));
      }
      for (Model.Table table : Model.tables(type)) {
        Set<String> all = new LinkedHashSet<>(columns);
        table.keyColumns().forEach(column -> all.add(Model.column(column)));
        if (table.real()) {
          index.add(
              table.name(),
              new Dependent.WholeRegion(target.region(), ColumnSet.of(all), true, true));
        }
      }
    }

    private void watchOrderAndRestrictions() {
      Model.Ordering ordering = Model.ordering(attribute);
      ordering.selectables().forEach(this::watch);
      ordering.columns().forEach(column -> watchedAnywhere.add(Model.column(column)));
      ordering.sql().forEach(this::watchSql);
      Model.restrictions(persister).forEach(this::watchSql);
    }

    private void watchElement(EntityPersister type) {
      Model.restrictions(type).forEach(this::watchSql);
      if (type.getSoftDeleteMapping() != null) {
        watch(type.getSoftDeleteMapping());
      }
      String formula = Model.discriminatorFormula(type);
      EntityDiscriminatorMapping discriminator = type.getDiscriminatorMapping();
      if (formula != null) {
        watchSql(formula);
      } else if (discriminator != null && discriminator.hasPhysicalColumn()) {
        watch(discriminator);
      }
      if (persister.isOneToMany()) {
        watchMembership(type);
      }
    }

    /**
     * A row of the table with the foreign key is an element only together with its rows in the
     * other tables of the inheritance chain. A row further up cannot come later than the row that
     * refers to it; a row further down can.
     */
    private void watchMembership(EntityPersister type) {
      for (Model.Table table : Model.tables(type)) {
        table.keyColumns().forEach(column -> watch(table.name(), Model.column(column)));
      }
      List<String> chain = Model.inheritanceChain(type);
      int keyPosition =
          keyTables.stream()
              .mapToInt(chain::indexOf)
              .filter(i -> i >= 0)
              .max()
              .orElse(chain.size());
      for (int i = 0; i < chain.size(); i++) {
        String table = chain.get(i);
        if (Model.isRealTable(table) && !keyTables.contains(table)) {
          index.add(
              table,
              new Dependent.WholeRegion(target.region(), ColumnSet.NONE, i > keyPosition, true));
        }
      }
    }

    private void watch(SelectableMapping selectable) {
      if (selectable.isFormula()) {
        watchSql(selectable.getSelectionExpression());
      } else {
        String table = selectable.getContainingTableExpression();
        watch(table, Model.column(selectable.getSelectionExpression()));
      }
      String read = Model.readSql(selectable);
      if (read != null) {
        watchSql(read);
      }
    }

    private void watch(String table, String column) {
      if (element != null && Model.hasTablePerClass(element)) {
        watchedAnywhere.add(column);
      }
      if (Model.isRealTable(table)) {
        watched.computeIfAbsent(table, name -> new LinkedHashSet<>()).add(column);
      } else {
        watchedAnywhere.add(column);
      }
    }

    /** Any word may be a column of one of the collection's tables, or another table. */
    private void watchSql(String sql) {
      watchedAnywhere.addAll(SqlWords.of(sql));
      index.addSql(target.region(), sql);
    }

    private Set<String> columnsIn(String table) {
      Set<String> columns = new LinkedHashSet<>(watchedAnywhere);
      columns.addAll(watched.getOrDefault(table, Set.of()));
      if (!keyTables.contains(table)) {
        columns.removeAll(foreignKey.columns());
        columns.addAll(watched.getOrDefault(table, Set.of()));
      }
      return columns;
    }

    /** The element's tables, and those that some watched column is in. */
    private Set<String> otherTables() {
      Set<String> tables = new LinkedHashSet<>(watched.keySet());
      if (element != null) {
        for (EntityPersister type : Model.withSubclasses(element)) {
          Model.tables(type).stream().filter(Model.Table::real).forEach(t -> tables.add(t.name()));
        }
      }
      tables.removeAll(keyTables);
      return tables;
    }
  }

  private static boolean isTableOf(EntityPersister type, String table) {
    return Model.isRealTable(table)
        && Model.tables(type).stream().anyMatch(one -> one.name().equals(table))
        && type.getMappedTableDetails() != null
        && Model.isRealTable(type.getMappedTableDetails().getTableName())
        && Model.withSubclasses(type).stream()
            .allMatch(sub -> Model.tables(sub).stream().anyMatch(one -> one.name().equals(table)));
  }
}
