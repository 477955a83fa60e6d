package io.freshet.mapping;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.TableChange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer;
import org.hibernate.engine.spi.SharedSessionContractImplementor;
import org.hibernate.metamodel.mapping.AttributeMapping;
import org.hibernate.metamodel.mapping.SelectableMapping;
import org.hibernate.persister.entity.EntityPersister;
import org.jspecify.annotations.Nullable;

/**
 * Tells what Hibernate's own flush of one entity did, in rows of tables: the same vocabulary, and
 * so the same rules, as for any other writer. For one event, on the session's thread.
 *
 * <p>Values come from the entity's state. A column that Hibernate does not write, or writes through
 * an expression of its own, counts as unknown. What a trigger made of the row is not known here.
 */
public final class EntityRows {

  private final EntityPersister persister;
  private final Object id;
  private final SharedSessionContractImplementor session;
  private final List<Model.Table> tables;

  private EntityRows(
      EntityPersister persister, Object id, SharedSessionContractImplementor session) {
    this.persister = persister;
    this.id = id;
    this.session = session;
    this.tables = Model.tables(persister).stream().filter(Model.Table::real).toList();
  }

  /**
   * For an event about one entity.
   *
   * @param persister the entity's own, not a superclass's
   * @param id the identifier
   * @param session the session of the event; no statement is executed on it
   */
  public static EntityRows of(
      EntityPersister persister, Object id, SharedSessionContractImplementor session) {
    return new EntityRows(persister, id, session);
  }

  /**
   * What an insert did.
   *
   * @param state the entity's state as inserted
   */
  public List<Change> inserted(@Nullable Object[] state) {
    Snapshot after = snapshot(state, SelectableMapping::isInsertable);
    List<Change> changes = new ArrayList<>();
    for (Model.Table table : tables) {
      Optional<RowValues> row = row(table, after);
      changes.add(
          row.isEmpty()
              ? new TableChange(Model.tableName(table.name()), Operation.INSERT, ColumnSet.ALL)
              : change(table, Operation.INSERT, RowValues.UNKNOWN, row.get(), ColumnSet.ALL));
    }
    return changes;
  }

  /**
   * What a delete did.
   *
   * @param state the entity's state as loaded, or null where it was never loaded
   */
  public List<Change> deleted(@Nullable Object @Nullable [] state) {
    Snapshot before = snapshot(state, EntityRows::isWritten);
    List<Change> changes = new ArrayList<>();
    for (Model.Table table : tables) {
      Optional<RowValues> row = row(table, before);
      changes.add(
          row.isEmpty()
              ? new TableChange(Model.tableName(table.name()), Operation.DELETE, ColumnSet.ALL)
              : change(table, Operation.DELETE, row.get(), RowValues.UNKNOWN, ColumnSet.ALL));
    }
    return changes;
  }

  /**
   * What an update did. Tables of which no column changed are left out.
   *
   * @param before the entity's state as loaded, or null where it is not known
   * @param after the entity's state as written, or null where it is not known
   * @param dirty the positions of the attributes that changed, or null where that is not known
   */
  public List<Change> updated(
      @Nullable Object @Nullable [] before,
      @Nullable Object @Nullable [] after,
      int @Nullable [] dirty) {
    Snapshot old = snapshot(before, EntityRows::isWritten);
    Snapshot now = snapshot(after, SelectableMapping::isUpdateable);
    boolean everything =
        dirty == null
            || persister.hasUpdateGeneratedProperties()
            || persister.hasPreUpdateGeneratedProperties();
    Map<String, Set<String>> changedByTable = dirty == null ? Map.of() : changedColumns(dirty);
    List<String> chain = Model.inheritanceChain(persister);
    List<Change> changes = new ArrayList<>();
    for (Model.Table table : tables) {
      ColumnSet changed =
          everything
              ? ColumnSet.ALL
              : ColumnSet.of(changedByTable.getOrDefault(table.name(), Set.of()));
      if (!changed.all() && changed.names().isEmpty()) {
        continue;
      }
      // the row of a secondary table comes and goes with its values
      boolean optional = !table.identifierTable() && !chain.contains(table.name());
      Operation operation = optional ? Operation.ANY : Operation.UPDATE;
      Optional<RowValues> oldRow = row(table, old);
      Optional<RowValues> newRow = row(table, now);
      changes.add(
          oldRow.isEmpty() || newRow.isEmpty()
              ? new TableChange(Model.tableName(table.name()), operation, changed)
              : change(table, operation, oldRow.get(), newRow.get(), changed));
    }
    return changes;
  }

  /**
   * The update as the database sees it: Hibernate assigns every column of a row, also those that
   * keep their value, unless the entity is mapped with dynamic updates. {@code UPDATE OF} triggers
   * fire by that.
   *
   * @param dirty the positions of the attributes that changed, or null where that is not known
   */
  public List<Change> assigned(
      @Nullable Object @Nullable [] before,
      @Nullable Object @Nullable [] after,
      int @Nullable [] dirty) {
    int[] all = IntStream.range(0, persister.getNumberOfAttributeMappings()).toArray();
    return updated(before, after, persister.isDynamicUpdate() ? dirty : all);
  }

  private static RowChange change(
      Model.Table table,
      Operation operation,
      RowValues before,
      RowValues after,
      ColumnSet changed) {
    return new RowChange(Model.tableName(table.name()), operation, before, after, changed);
  }

  /** Known values by table; those of a union's subselect are under the table that is its own. */
  private record Snapshot(Map<String, Map<String, @Nullable Object>> values) {}

  /** Which columns' values in a state are those of the row. */
  @FunctionalInterface
  private interface Stored {
    boolean test(SelectableMapping selectable);
  }

  private static boolean isWritten(SelectableMapping selectable) {
    return selectable.isInsertable() || selectable.isUpdateable();
  }

  private Snapshot snapshot(@Nullable Object @Nullable [] state, Stored stored) {
    Map<String, Map<String, @Nullable Object>> values = new LinkedHashMap<>();
    if (state != null) {
      persister.forEachAttributeMapping(
          attribute -> {
            Object value = state[attribute.getStateArrayPosition()];
            if (value != LazyPropertyInitializer.UNFETCHED_PROPERTY) {
              addValues(attribute, value, stored, values);
            }
          });
    }
    return new Snapshot(values);
  }

  private void addValues(
      AttributeMapping attribute,
      @Nullable Object value,
      Stored stored,
      Map<String, Map<String, @Nullable Object>> values) {
    Set<String> own = new HashSet<>();
    Model.forEachSelectable(
        attribute,
        column -> {
          if (stored.test(column)
              && !column.isFormula()
              && column.getWriteExpression().equals("?")) {
            own.add(column.getSelectionExpression());
          }
        });
    if (own.isEmpty() || Model.needsLoading(attribute, value)) {
      return;
    }
    Map<String, Map<String, @Nullable Object>> found = new LinkedHashMap<>();
    if (Model.decompose(
        attribute,
        value,
        session,
        (column, part) -> {
          if (own.contains(column.getSelectionExpression())) {
            found
                .computeIfAbsent(tableOf(column), table -> new LinkedHashMap<>())
                .put(Model.column(column.getSelectionExpression()), part);
          }
        })) {
      found.forEach(
          (table, columns) ->
              values.computeIfAbsent(table, name -> new LinkedHashMap<>()).putAll(columns));
    }
  }

  /** The key columns with the identifier's values, and what else is known; empty without a key. */
  private Optional<RowValues> row(Model.Table table, Snapshot snapshot) {
    Map<String, @Nullable Object> row =
        new LinkedHashMap<>(snapshot.values().getOrDefault(table.name(), Map.of()));
    List<@Nullable Object> key = new ArrayList<>();
    boolean read =
        Model.decompose(
            persister.getIdentifierMapping(), id, session, (column, value) -> key.add(value));
    if (!read || key.size() != table.keyColumns().size()) {
      return Optional.empty();
    }
    for (int i = 0; i < key.size(); i++) {
      row.put(Model.column(table.keyColumns().get(i)), key.get(i));
    }
    return Optional.of(new RowValues(row));
  }

  private Map<String, Set<String>> changedColumns(int[] dirty) {
    Map<String, Set<String>> changed = new LinkedHashMap<>();
    Set<Integer> positions = new HashSet<>();
    for (int position : dirty) {
      positions.add(position);
    }
    if (persister.isVersioned()) {
      positions.add(persister.getVersionPropertyIndex());
    }
    persister.forEachAttributeMapping(
        attribute -> {
          if (positions.contains(attribute.getStateArrayPosition())) {
            Model.forEachSelectable(
                attribute,
                column ->
                    changed
                        .computeIfAbsent(tableOf(column), table -> new HashSet<>())
                        .add(Model.column(column.getSelectionExpression())));
          }
        });
    return changed;
  }

  private String tableOf(SelectableMapping column) {
    String table = column.getContainingTableExpression();
    return Model.isRealTable(table) && tables.stream().anyMatch(one -> one.name().equals(table))
        ? table
        : persister.getMappedTableDetails().getTableName();
  }
}
