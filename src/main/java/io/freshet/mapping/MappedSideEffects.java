package io.freshet.mapping;

import io.freshet.change.Change;
import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowChange;
import io.freshet.change.RowValues;
import io.freshet.change.SideEffects;
import io.freshet.change.TableChange;
import io.freshet.change.TableName;
import io.freshet.change.UnknownChange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.hibernate.annotations.OnDeleteAction;
import org.hibernate.boot.Metadata;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.hibernate.mapping.Column;
import org.hibernate.mapping.ForeignKey;
import org.hibernate.mapping.Table;
import org.hibernate.query.sqm.function.SqmFunctionRegistry;
import org.jspecify.annotations.Nullable;

/**
 * What the mapping knows of the database's own doing, for databases whose catalog nobody reads:
 * foreign keys with {@code @OnDelete}, and that the functions of the dialect write nothing.
 * Triggers, rules and cascades that are only in the database remain unseen. Thread-safe.
 */
public final class MappedSideEffects implements SideEffects {

  private final List<Reference> references;
  private final Supplier<SqmFunctionRegistry> functions;

  private MappedSideEffects(List<Reference> references, Supplier<SqmFunctionRegistry> functions) {
    this.references = references;
    this.functions = functions;
  }

  /**
   * A foreign key, and what it does to the child's rows when the parent's go.
   *
   * @param child the table with the foreign key
   * @param columns the foreign key's columns
   * @param parent the table it refers to
   * @param referenced the columns it refers to, position by position
   * @param onDelete the mapped action
   */
  private record Reference(
      TableName child,
      List<String> columns,
      TableName parent,
      List<String> referenced,
      OnDeleteAction onDelete) {

    /** What the loss of these rows of the parent does to the child; nothing, for most keys. */
    Optional<Change> after(Operation operation, RowValues parentRow) {
      if (operation == Operation.TRUNCATE) {
        // PostgreSQL truncates a table with foreign keys to it only together with those tables
        return Optional.of(new TableChange(child, Operation.TRUNCATE, ColumnSet.ALL));
      }
      return switch (onDelete) {
        case CASCADE -> Optional.of(change(Operation.DELETE, parentRow, ColumnSet.ALL));
        case SET_NULL, SET_DEFAULT ->
            Optional.of(change(Operation.UPDATE, parentRow, ColumnSet.of(columns)));
        default -> Optional.empty();
      };
    }

    private Change change(Operation operation, RowValues parentRow, ColumnSet changed) {
      if (referenced.size() != columns.size() || !parentRow.knowsAll(referenced)) {
        return new TableChange(child, operation, changed);
      }
      Map<String, @Nullable Object> before = new LinkedHashMap<>();
      Map<String, @Nullable Object> after = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        before.put(columns.get(i), parentRow.get(referenced.get(i)));
        if (onDelete == OnDeleteAction.SET_NULL) {
          after.put(columns.get(i), null);
        }
      }
      return new RowChange(child, operation, new RowValues(before), new RowValues(after), changed);
    }
  }

  /**
   * Reads foreign keys and functions.
   *
   * @param metadata the boot-time mapping that the factory was built from; only read here, not kept
   */
  public static MappedSideEffects of(Metadata metadata, SessionFactoryImplementor factory) {
    List<Reference> references = new ArrayList<>();
    for (Table table : metadata.collectTableMappings()) {
      for (ForeignKey key : table.getForeignKeyCollection()) {
        reference(table, key).ifPresent(references::add);
      }
    }
    return new MappedSideEffects(
        List.copyOf(references), () -> factory.getQueryEngine().getSqmFunctionRegistry());
  }

  @Override
  public List<Change> widen(Collection<Change> changes) {
    Set<Change> all = new LinkedHashSet<>();
    Deque<Change> open = new ArrayDeque<>(changes);
    while (!open.isEmpty()) {
      Change change = open.removeFirst();
      if (all.add(change)) {
        open.addAll(cascaded(change));
      }
    }
    return List.copyOf(all);
  }

  @Override
  public List<Change> ofCalls(Collection<String> names) {
    List<Change> changes = new ArrayList<>();
    for (String name : names) {
      if (functions.get().findFunctionDescriptor(name) == null) {
        changes.add(new UnknownChange("function " + name + " is not known to write nothing"));
      }
    }
    return changes;
  }

  /** Never: without a catalog, any table may have a trigger. */
  @Override
  public boolean storesAsWritten(TableName table) {
    return false;
  }

  private List<Change> cascaded(Change change) {
    if (change instanceof RowChange row) {
      return cascaded(row.table(), row.operation(), row.before());
    } else if (change instanceof TableChange table) {
      return cascaded(table.table(), table.operation(), RowValues.UNKNOWN);
    }
    return List.of();
  }

  private List<Change> cascaded(TableName parent, Operation operation, RowValues row) {
    if (!operation.removesRows()) {
      return List.of();
    }
    return references.stream()
        .filter(reference -> reference.parent().mayBe(parent))
        .flatMap(reference -> reference.after(operation, row).stream())
        .toList();
  }

  private static Optional<Reference> reference(Table table, ForeignKey key) {
    Table parent = key.getReferencedTable();
    if (parent == null) {
      return Optional.empty();
    }
    List<Column> referenced =
        key.getReferencedColumns().isEmpty() && parent.hasPrimaryKey()
            ? parent.getPrimaryKey().getColumns()
            : key.getReferencedColumns();
    OnDeleteAction action = key.getOnDeleteAction();
    return Optional.of(
        new Reference(
            name(table),
            columns(key.getColumns()),
            name(parent),
            columns(referenced),
            action == null ? OnDeleteAction.NO_ACTION : action));
  }

  private static TableName name(Table table) {
    return new TableName(table.getSchema(), table.getName());
  }

  private static List<String> columns(List<Column> columns) {
    return columns.stream().map(column -> Model.column(column.getName())).toList();
  }
}
