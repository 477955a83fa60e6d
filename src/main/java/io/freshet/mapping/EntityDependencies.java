package io.freshet.mapping;

import io.freshet.change.ColumnSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.hibernate.cache.spi.access.EntityDataAccess;
import org.hibernate.cache.spi.access.NaturalIdDataAccess;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.metamodel.mapping.NaturalIdMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.metamodel.mapping.SingularAttributeMapping;
import org.hibernate.persister.entity.EntityPersister;

/** Finds which tables cached entities and natural-id resolutions depend on. */
final class EntityDependencies {

  private final Index index;
  private final KeyReaders readers;

  EntityDependencies(Index index, KeyReaders readers) {
    this.index = index;
    this.readers = readers;
  }

  void addAll(SessionFactoryImplementor factory) {
    Model.hierarchies(factory).values().forEach(this::addHierarchy);
  }

  private void addHierarchy(List<EntityPersister> hierarchy) {
    Map<String, Carrier> tables = tables(hierarchy);
    for (EntityPersister persister : hierarchy) {
      Set<String> spaces = Model.spaces(persister);
      spaces.forEach(index::addSpace);
      forEachSql(persister, sql -> index.addSqlOfQueries(spaces, sql));
    }
    for (EntityPersister persister : hierarchy) {
      EntityDataAccess access = persister.getCacheAccessStrategy();
      if (access != null) {
        // one region and one key space for all of the hierarchy, whichever of its classes is cached
        addEntities(Target.of(access, persister), hierarchy, tables);
        break;
      }
    }
    for (EntityPersister persister : hierarchy) {
      NaturalIdMapping naturalId = persister.getNaturalIdMapping();
      NaturalIdDataAccess access = persister.getNaturalIdCacheAccessStrategy();
      if (naturalId != null && access != null) {
        addNaturalId(Target.of(access, persister), naturalId, persister);
        break;
      }
    }
  }

  private void addEntities(
      Target target, List<EntityPersister> hierarchy, Map<String, Carrier> tables) {
    KeyReader reader = readers.identifier(hierarchy.get(0));
    tables.forEach(
        (name, carrier) -> {
          RowKey key = new RowKey(target, carrier.keyColumns, reader);
          index.add(name, new Dependent.EntityTable(key, carrier.identifier, carrier.state()));
        });
    for (EntityPersister persister : hierarchy) {
      forEachSql(persister, sql -> index.addSql(target.region(), sql));
      for (String space : Model.spaces(persister)) {
        if (Model.isRealTable(space) && !tables.containsKey(space)) {
          index.add(space, Dependent.WholeRegion.onAnyChange(target.region()));
        }
      }
      for (Model.Reference reference : Model.references(persister)) {
        addReference(target.region(), reference);
      }
    }
  }

  /** Formulas, restrictions and read expressions: what else than columns the state is read by. */
  private static void forEachSql(EntityPersister persister, Consumer<String> consumer) {
    Model.restrictions(persister).forEach(consumer);
    String discriminator = Model.discriminatorFormula(persister);
    if (discriminator != null) {
      consumer.accept(discriminator);
    }
    // a subselect: the tables that it reads need not be named by @Synchronize
    Model.tables(persister).stream()
        .filter(table -> !table.real())
        .forEach(table -> consumer.accept(table.name()));
    Model.forEachSelectable(
        persister,
        selectable -> {
          String read = Model.readSql(selectable);
          if (selectable.isFormula()) {
            consumer.accept(selectable.getSelectionExpression());
          }
          if (read != null) {
            consumer.accept(read);
          }
        });
  }

  /**
   * An entry holds the identifier of what the row refers to. Usually that is the foreign key
   * itself. With a property-ref, a dangling reference read as null, or a target that may be hidden,
   * the target's rows decide about it.
   */
  private void addReference(String region, Model.Reference reference) {
    Set<String> watched = hidingColumns(reference.target(), region);
    boolean existence = !reference.byIdentifier() || reference.mayDangle();
    if (!existence && watched.isEmpty()) {
      return;
    }
    for (SelectableMapping column : reference.targetColumns()) {
      watched.add(Model.column(column.getSelectionExpression()));
    }
    for (EntityPersister type : Model.withSubclasses(reference.target())) {
      for (Model.Table table : Model.tables(type)) {
        if (table.real()) {
          Set<String> columns = new LinkedHashSet<>(watched);
          table.keyColumns().forEach(column -> columns.add(Model.column(column)));
          index.add(
              table.name(),
              new Dependent.WholeRegion(region, ColumnSet.of(columns), existence, existence));
        }
      }
    }
  }

  /**
   * The columns that decide whether Hibernate sees a row of the entity at all. Of a restriction in
   * SQL every word may be one. The tables that it mentions are noted for the region.
   */
  private Set<String> hidingColumns(EntityPersister persister, String region) {
    Set<String> columns = new LinkedHashSet<>();
    for (String sql : Model.restrictions(persister)) {
      columns.addAll(SqlWords.of(sql));
      index.addSql(region, sql);
    }
    if (persister.getSoftDeleteMapping() != null) {
      columns.add(Model.column(persister.getSoftDeleteMapping().getSelectionExpression()));
    }
    return columns;
  }

  private void addNaturalId(Target target, NaturalIdMapping naturalId, EntityPersister persister) {
    List<SingularAttributeMapping> attributes = naturalId.getNaturalIdAttributes();
    List<String> naturalColumns = new ArrayList<>();
    Set<String> tables = new LinkedHashSet<>();
    for (SingularAttributeMapping attribute : attributes) {
      for (SelectableMapping column : KeyReaders.selectables(attribute)) {
        naturalColumns.add(Model.column(column.getSelectionExpression()));
        tables.add(column.getContainingTableExpression());
      }
    }
    Set<String> hiding = hidingColumns(persister, target.region());
    KeyReader reader = tables.size() == 1 ? readers.naturalId(attributes) : KeyReader.NEVER;
    for (EntityPersister type : Model.withSubclasses(persister)) {
      for (Model.Table table : Model.tables(type)) {
        Set<String> watched = new LinkedHashSet<>(hiding);
        table.keyColumns().forEach(column -> watched.add(Model.column(column)));
        watched.addAll(naturalColumns);
        if (table.real()
            && (tables.contains(table.name())
                || Model.hasTablePerClass(persister)
                || !tables.stream().allMatch(Model::isRealTable))) {
          RowKey key = new RowKey(target, naturalColumns, reader);
          index.add(table.name(), new Dependent.NaturalIdTable(key, ColumnSet.of(watched)));
        } else if (table.real() && type == persister) {
          index.add(
              table.name(),
              new Dependent.WholeRegion(target.region(), ColumnSet.of(watched), false, true));
        }
      }
    }
  }

  private static Map<String, Carrier> tables(List<EntityPersister> hierarchy) {
    Map<String, Carrier> tables = new LinkedHashMap<>();
    for (EntityPersister persister : hierarchy) {
      boolean computed = Model.hasComputedState(persister);
      for (Model.Table table : Model.tables(persister)) {
        if (table.real()) {
          Carrier carrier = tables.computeIfAbsent(table.name(), name -> new Carrier(table));
          carrier.identifier |= table.identifierTable();
          carrier.anyColumn |= computed;
        }
      }
    }
    Set<String> everywhere = new LinkedHashSet<>();
    for (EntityPersister persister : hierarchy) {
      Model.restrictions(persister).forEach(sql -> everywhere.addAll(SqlWords.of(sql)));
      // with a table per class, a column inherited from above names one of the tables it is in
      boolean inSeveral = Model.hasTablePerClass(persister);
      Model.forEachSelectable(
          persister, column -> addColumn(column, inSeveral ? Map.of() : tables, everywhere));
    }
    tables.values().forEach(carrier -> carrier.columns.addAll(everywhere));
    return tables;
  }

  private static void addColumn(
      SelectableMapping column, Map<String, Carrier> tables, Set<String> everywhere) {
    Carrier carrier = tables.get(column.getContainingTableExpression());
    Set<String> columns = carrier == null ? everywhere : carrier.columns;
    if (!column.isFormula()) {
      columns.add(Model.column(column.getSelectionExpression()));
    }
    String read = Model.readSql(column);
    if (read != null) {
      columns.addAll(SqlWords.of(read));
    }
  }

  /** What one table contributes to a hierarchy. */
  private static final class Carrier {
    private final List<String> keyColumns;
    private final Set<String> columns = new LinkedHashSet<>();
    private boolean identifier;
    private boolean anyColumn;

    Carrier(Model.Table table) {
      keyColumns = table.keyColumns().stream().map(Model::column).toList();
      columns.addAll(keyColumns);
    }

    ColumnSet state() {
      return anyColumn ? ColumnSet.ALL : ColumnSet.of(columns);
    }
  }
}
