package io.freshet.mapping;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.RowValues;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something cached that depends on the rows of one table. Immutable. */
sealed interface Dependent {

  /** Adds what the touch makes stale. */
  void touched(Touch touch, @Nullable String tenant, FootprintBuilder out);

  /** The columns that tell rows apart, where single rows matter. */
  default List<String> identifying() {
    return List.of();
  }

  /** The columns whose old and new values decide what a row touches. */
  default ColumnSet deciding() {
    return ColumnSet.NONE;
  }

  /**
   * A cached entity hierarchy and one of the tables that carry its state.
   *
   * @param key the columns of this table that refer to the root entity's identifier
   * @param identifierTable whether this is the table whose row makes the entity exist. No entry can
   *     depend on a row of it that was not there before: the absence of a row is never cached.
   * @param state the columns that entries are made of
   */
  record EntityTable(RowKey key, boolean identifierTable, ColumnSet state) implements Dependent {

    @Override
    public void touched(Touch touch, @Nullable String tenant, FootprintBuilder out) {
      switch (touch.operation()) {
        case INSERT -> afterwards(touch, tenant, out);
        case DELETE, TRUNCATE -> key.require(touch.before(), tenant, out);
        case UPDATE -> {
          if (touch.mayHaveChanged(state)) {
            key.require(touch.before(), tenant, out);
            afterwards(touch, tenant, out);
          }
        }
        case ANY -> {
          key.require(touch.before(), tenant, out);
          afterwards(touch, tenant, out);
        }
      }
    }

    @Override
    public List<String> identifying() {
      return key.columns();
    }

    private void afterwards(Touch touch, @Nullable String tenant, FootprintBuilder out) {
      if (!identifierTable) {
        key.require(touch.after(), tenant, out);
      } else if (touch.operation() != Operation.INSERT) {
        // the new identifier's entry can only be older than this row if that row changed as well
        key.addKnown(touch.after(), tenant, out);
      }
    }
  }

  /**
   * A cached collection role and the table that holds its foreign key.
   *
   * @param key the foreign key
   * @param watched the columns that decide which elements the entry lists, and in which order
   */
  record CollectionTable(RowKey key, ColumnSet watched) implements Dependent {

    @Override
    public void touched(Touch touch, @Nullable String tenant, FootprintBuilder out) {
      if (touch.operation() == Operation.UPDATE && !touch.mayHaveChanged(watched)) {
        return;
      }
      if (touch.operation().touchesExistingRows()) {
        key.require(touch.before(), tenant, out);
      }
      if (!touch.operation().removesRows() || touch.operation() == Operation.ANY) {
        key.require(touch.after(), tenant, out);
      }
    }

    @Override
    public ColumnSet deciding() {
      return key.with(watched);
    }
  }

  /**
   * Cached natural-id resolutions and the table that holds the natural id. A new row touches none:
   * Hibernate does not cache that a natural id was not found.
   *
   * @param key the natural-id columns
   * @param watched natural-id and identifier columns, and whatever hides a row
   */
  record NaturalIdTable(RowKey key, ColumnSet watched) implements Dependent {

    @Override
    public void touched(Touch touch, @Nullable String tenant, FootprintBuilder out) {
      if (!touch.operation().touchesExistingRows() || !touch.mayHaveChanged(watched)) {
        return;
      }
      RowValues row = touch.before();
      if (key.columns().stream().anyMatch(column -> row.knows(column) && row.get(column) == null)) {
        // unlike other keys, a natural id may hold a null and be found by it
        out.region(key.target().region());
      } else {
        key.require(row, tenant, out);
      }
    }

    @Override
    public ColumnSet deciding() {
      return key.with(watched);
    }
  }

  /**
   * A region whose dependence on a table cannot be told by key.
   *
   * @param region the region
   * @param watched the columns that matter when rows are updated
   * @param added whether new rows matter
   * @param removed whether the loss of rows matters
   */
  record WholeRegion(String region, ColumnSet watched, boolean added, boolean removed)
      implements Dependent {

    static WholeRegion onAnyChange(String region) {
      return new WholeRegion(region, ColumnSet.ALL, true, true);
    }

    static WholeRegion onUpdate(String region, ColumnSet watched) {
      return new WholeRegion(region, watched, false, false);
    }

    @Override
    public ColumnSet deciding() {
      return watched.all() ? ColumnSet.NONE : watched;
    }

    @Override
    public void touched(Touch touch, @Nullable String tenant, FootprintBuilder out) {
      Operation operation = touch.operation();
      boolean updates = operation == Operation.UPDATE || operation == Operation.ANY;
      if ((updates && touch.mayHaveChanged(watched))
          || (added && operation.addsRows())
          || (removed && operation.removesRows())) {
        out.region(region);
      }
    }
  }
}
