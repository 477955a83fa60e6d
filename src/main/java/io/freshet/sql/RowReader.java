package io.freshet.sql;

import io.freshet.change.ColumnSet;
import io.freshet.change.Operation;
import io.freshet.change.TableChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.update.Update;
import org.jspecify.annotations.Nullable;

/** Turns the places that write into writes, with their rows where the parser agrees on them. */
final class RowReader {

  private final Tokens tokens;
  private final Structure structure;

  RowReader(Tokens tokens, Structure structure) {
    this.tokens = tokens;
    this.structure = structure;
  }

  List<Write> read(List<WriteSite> sites) {
    List<Write> writes = new ArrayList<>();
    for (WriteSite site : sites) {
      switch (site.operation()) {
        case UPDATE -> writes.add(update(site));
        case DELETE -> writes.add(delete(site));
        case INSERT -> writes.addAll(insert(site));
        default -> writes.add(new Write.Fixed(TableChange.anything(site.table())));
      }
    }
    return writes;
  }

  private Write update(WriteSite site) {
    Update update = structure.writeAt(site, Update.class);
    Assignments set = Assignments.read(tokens, WriteScan.find(tokens, site, "set"));
    if (update == null
        || update.getUpdateSets() == null
        || update.getUpdateSets().size() != set.count()) {
      return table(site, Operation.UPDATE, ColumnSet.ALL);
    }
    boolean joined =
        update.getFromItem() != null
            || !isEmpty(update.getJoins())
            || !isEmpty(update.getStartJoins())
            || hasOtherTables(site);
    return new Write.Pinned(
        site.table(),
        Operation.UPDATE,
        new PinReader(tokens, site, joined).read(update.getWhere()),
        set.values(),
        set.columns());
  }

  private Write delete(WriteSite site) {
    Delete delete = structure.writeAt(site, Delete.class);
    if (delete == null) {
      return table(site, Operation.DELETE, ColumnSet.ALL);
    }
    boolean joined =
        !isEmpty(delete.getUsingFromItemList())
            || !isEmpty(delete.getJoins())
            || hasOtherTables(site);
    return new Write.Pinned(
        site.table(),
        Operation.DELETE,
        new PinReader(tokens, site, joined).read(delete.getWhere()),
        Map.of(),
        ColumnSet.ALL);
  }

  private static boolean isEmpty(@Nullable Collection<?> items) {
    return items == null || items.isEmpty();
  }

  private boolean hasOtherTables(WriteSite site) {
    int end = tokens.scopeEnd(site.end());
    for (int i = site.end(); i < end; i = tokens.next(i)) {
      boolean from = tokens.isWord(i, "from") && !tokens.isWord(i - 1, "distinct");
      if (from || tokens.isWord(i, "using") || tokens.isWord(i, "join")) {
        return true;
      }
    }
    return false;
  }

  private List<Write> insert(WriteSite site) {
    if (WriteScan.find(tokens, site, "duplicate") >= 0) {
      return List.of(new Write.Fixed(TableChange.anything(site.table())));
    }
    List<Map<String, Value>> rows =
        new InsertRows(tokens, site).read(structure.writeAt(site, Insert.class));
    List<Write> writes = new ArrayList<>();
    writes.add(
        rows == null
            ? table(site, Operation.INSERT, ColumnSet.ALL)
            : new Write.Inserted(site.table(), rows));
    int conflict = WriteScan.find(tokens, site, "conflict");
    int set = conflict < 0 ? -1 : WriteScan.find(tokens, conflict, "set");
    if (set >= 0) {
      ColumnSet changed = Assignments.read(tokens, set).columns();
      Set<String> target = InsertRows.names(tokens, conflict + 1);
      writes.add(
          rows == null || target == null
              ? table(site, Operation.UPDATE, changed)
              : new Write.Upserted(site.table(), target, rows, changed));
    }
    return writes;
  }

  private static Write table(WriteSite site, Operation operation, ColumnSet changed) {
    return new Write.Fixed(new TableChange(site.table(), operation, changed));
  }
}
